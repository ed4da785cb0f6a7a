"""The connection test: send one request for the fleets, record its stages, and diagnose the result.

Independent of Django.
"""

"""Gateways that fail on purpose, so that partners and tests can see what the connection test says about each fault.

To see what a fault does, find its name in `tls` (up to the end of the TLS handshake) or in `http` (after it). The entry
names what differs from a healthy gateway: the server certificate (`certificates`), the behavior of the connection
(`connection`), or the HTTP response (`responses`). A function that belongs to a single fault has the name of that
fault. `gateway` runs a fault, and `registry` lists all faults.
"""

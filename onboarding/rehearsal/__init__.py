"""Imitates the operator on this machine: a certificate authority, a signing server, and gateways.

`authority` signs requests, `gateway` responds like the fleet API, `server` puts both on the network, and `faults` has
gateways that fail on purpose. Only `manage.py rehearsal` and tests import this package.
"""

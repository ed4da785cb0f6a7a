"""Validation of issued certificates: the chain, the fitness for TLS clients, and the CA certificates to trust."""

"""Checks of a certificate request before it is sent, and the commands that correct a refused request."""

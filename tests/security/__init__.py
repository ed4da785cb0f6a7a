"""Attacks on the site, each with the requirement of OWASP ASVS 5.0 that it covers."""

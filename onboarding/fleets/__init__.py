"""The connection test: one request for the fleets, how far it came, and what that means. Independent of Django."""

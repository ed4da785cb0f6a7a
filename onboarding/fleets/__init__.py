"""The live test: the request for the fleets, how far it came, and what that means; knows nothing of Django."""

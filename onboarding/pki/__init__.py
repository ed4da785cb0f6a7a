"""Keys, custody, certificate requests, and reading what partners send; knows nothing of Django."""

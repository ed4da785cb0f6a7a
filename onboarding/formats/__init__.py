"""How dates and times are written, where it differs from Django's formats for a language."""

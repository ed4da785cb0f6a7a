"""The project's own checks, run by `make lint`: `python -m tests.lint`, or `python -m tests.lint templates names`."""

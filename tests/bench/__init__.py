"""Benchmarks: `python -m tests.bench` compares the cost of the site with the cost of the underlying work."""

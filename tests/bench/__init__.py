"""Benchmarks: `python -m tests.bench` compares what the site costs with the cost of the bare work behind it."""

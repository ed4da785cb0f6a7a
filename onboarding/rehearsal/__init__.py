"""A stand-in for the operator on the loopback: its authority, its signing desk and its gateway."""

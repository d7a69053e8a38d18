"""Operators and the queues in which callers wait for them."""

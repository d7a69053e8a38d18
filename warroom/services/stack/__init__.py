"""A stack: its processes, their ports, and starting and stopping them."""

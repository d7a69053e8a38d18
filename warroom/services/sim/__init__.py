"""A simulation that keeps a stack busy with real calls: citizens, operators and control rooms that are programs."""

"""A Graph API for tests: the simulator's, with faults."""

"""Maintenance of a stack: retention, log rotation, recovery of a lost store, a citizen's data."""

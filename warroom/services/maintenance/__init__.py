"""What keeps a stack in order: retention, log rotation, recovery of a lost store, a citizen's data."""

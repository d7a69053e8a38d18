"""Lines to the telephone network: what an admin writes of them, and what Asterisk is told."""

"""People and walls that sign in at the screens, their sessions, and the audit log of what they saw and did."""

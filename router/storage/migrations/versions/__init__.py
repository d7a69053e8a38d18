"""One file a step, in order; those up to 0020 are written for SQLite, all that follow for every database."""

"""Who is let in: callers who call too often or are blocked, and callers who go first when lines run short."""

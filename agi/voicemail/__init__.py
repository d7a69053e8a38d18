"""Messages that callers leave, and control rooms that listen to theirs by telephone."""

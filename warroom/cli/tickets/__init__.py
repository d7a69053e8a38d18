"""Commands about tickets: what callers asked for, where it goes and what is late."""

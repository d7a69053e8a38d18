"""The ticket, its number, its stages, and the desk that alone writes it."""

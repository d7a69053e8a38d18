"""Helplines: greeting, opening hours, and the destinations that are tried in turn."""

"""Routing rules: room, desk and time limits of a ticket."""

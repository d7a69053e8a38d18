"""Recordings for people to hear: signed URLs, and the formats a browser plays."""

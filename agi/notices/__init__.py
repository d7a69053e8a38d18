"""Notices to the public as callers hear them: their sounds, and which are told to a caller."""

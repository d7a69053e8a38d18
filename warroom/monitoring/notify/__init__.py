"""Sends alerts outside the war room: mail and webhook, grouped, repeated while they stand, and once when mended."""

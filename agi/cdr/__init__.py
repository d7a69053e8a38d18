"""Asterisk's books of calls (CDR and CEL as CSV): read into the store, and counted by the day."""

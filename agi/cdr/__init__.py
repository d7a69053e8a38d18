"""Asterisk's call records (CDR and CEL, as CSV): imported into the store, and summarised by day."""

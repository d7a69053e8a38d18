"""Repositories: queries and upserts, one file for each kind of row."""

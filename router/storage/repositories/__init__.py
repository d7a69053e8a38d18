"""Repositories: queries and upserts, a class for each kind of row; a unit of work makes them of its connection."""

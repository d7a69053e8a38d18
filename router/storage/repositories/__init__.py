"""One file for each kind of thing that is stored: its queries and its upserts."""

"""The data directory and what an admin sets in it: read, checked, and applied to what runs."""

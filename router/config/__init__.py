"""Reads TOML files that an admin writes, and reports every mistake with its line."""

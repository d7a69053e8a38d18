"""TOML files that an admin writes, read with the line of every mistake."""

"""Rows of the screens: accounts, sessions, walls, the audit log."""

"""Trunks: what an admin configures, and the configuration made from it for Asterisk."""

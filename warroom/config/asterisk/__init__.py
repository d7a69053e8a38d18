"""Asterisk as a data directory has it: its configuration files, and its console."""

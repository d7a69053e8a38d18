"""Keeps the parts of a stack running, and answers what they do: under supervisord, or as units of systemd."""

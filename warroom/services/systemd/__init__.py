"""The units by which systemd runs a stack: their text, and how they are installed."""

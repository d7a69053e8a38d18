"""Routing rules: which room and desk a ticket goes to, and how long they may take."""

"""The HTTP server: its component, limits of connections, header timeout, headers of answers."""

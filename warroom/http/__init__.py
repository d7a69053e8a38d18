"""What protects the HTTP interface: connection limits, header timeouts, response headers."""

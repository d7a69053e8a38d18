"""Protection of the HTTP interface: connection limits, header timeout, response headers."""

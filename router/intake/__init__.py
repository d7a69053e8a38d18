"""Ways in for tickets: what every channel hands over (``base``), what becomes of it (``service``), and the channels."""

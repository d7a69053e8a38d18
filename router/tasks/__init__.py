"""Tasks that the war room gives to rooms: their deadlines and results."""

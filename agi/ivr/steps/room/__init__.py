"""Steps of a room that hears its messages."""

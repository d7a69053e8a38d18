"""Steps of a call that we placed to a citizen."""

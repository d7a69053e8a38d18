"""Fields found in a citizen's words, or facilities near their place, applied to a ticket."""

"""What is found in a citizen's words, or near their place, applied to a ticket."""

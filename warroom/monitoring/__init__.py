"""Parts that watch Asterisk and its surroundings, and raise or clear alerts."""

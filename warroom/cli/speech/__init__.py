"""Commands about sound: prompts, recordings, and what speech recognition makes of them."""

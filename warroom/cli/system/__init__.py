"""Commands about the stack itself: its processes, settings, API keys and its store."""

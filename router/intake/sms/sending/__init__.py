"""Messages out: when they are queued, and how they are handed to the provider."""

"""One call as an admin looks it up: all that is known of it, and its way step by step in words."""

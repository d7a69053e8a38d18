"""Speech to text: a durable job for each recording, done by worker processes."""

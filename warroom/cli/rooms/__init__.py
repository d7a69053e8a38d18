"""Commands about the rooms: acting as one, their tasks, shortages, and facilities."""

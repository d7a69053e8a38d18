"""What rooms have in stock, what runs short, and the war room's tasks."""

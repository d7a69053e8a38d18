"""The picture of all rooms, and what of it each open page is sent."""

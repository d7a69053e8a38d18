"""The war room commands: tasks it gives to rooms, their clock and their end."""

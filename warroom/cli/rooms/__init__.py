"""Commands about the rooms: what one of them does, is told to do, is short of, and has around it."""

"""Calls as the domain knows them: in progress, recorded, or left as a message for a room."""

"""The processes of a stack, and what they are put together from."""

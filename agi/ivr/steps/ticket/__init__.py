"""Steps that ask what a ticket needs, open it, and tell its caller about it."""

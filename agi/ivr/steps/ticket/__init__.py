"""Steps that ask for what a ticket needs, open it, and read it to its caller."""

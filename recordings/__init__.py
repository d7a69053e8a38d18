"""Sound: the spool of recordings on their way to a ticket."""

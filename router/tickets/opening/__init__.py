"""Opening a ticket: the report, its content, deduplication, and the first version."""

"""Tickets: service, workflow, numbers, deduplication, routing and deadlines."""

"""Tickets, their pages and searches, deadlines, corrections and hourly counts in the store."""

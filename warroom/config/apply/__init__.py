"""Trunks, operators and queues: an admin's files, applied to what runs, verified, or rolled back."""

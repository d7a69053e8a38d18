"""Retained topics: what each of them must hold, and how it is put right after a loss."""

"""Retained topics: what each must hold, and how they are repaired after a loss."""

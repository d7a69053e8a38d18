"""Trials of a model: speech that no training has heard, and how well a model understands it."""

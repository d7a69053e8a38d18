"""Capacity planning: operators, lines and legs needed for a volume of calls."""

"""Tickets: their life, places, store and broker. Knows no telephone and no sound."""

"""Requests of the provider: delivery reports and messages of citizens, and what becomes of them."""

"""Asking citizens whether help came, before their ticket is closed."""

"""Calls that are led through a conversation: those that come in, and those in which we ask whether help came."""

"""Intake of tickets: the interface of a channel (``base``), its processing (``service``), and the channels."""

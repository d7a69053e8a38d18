"""Monitors of Asterisk and its surroundings, which raise and clear alerts."""

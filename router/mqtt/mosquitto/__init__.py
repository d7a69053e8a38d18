"""Mosquitto: configuration, accounts, permissions, quotas and connections."""

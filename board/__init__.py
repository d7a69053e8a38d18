"""Screens: district board, operator console, state dashboard. Each is one more MQTT client."""

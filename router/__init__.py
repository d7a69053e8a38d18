"""Tickets, storage, MQTT, geography, stock, tasks and intake. Knows no telephony and no speech."""

"""MQTT: connection, topics, CloudEvents, outbox publisher, accounts, commands and retained state."""

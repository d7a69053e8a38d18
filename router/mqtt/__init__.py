"""The MQTT side: topics, events, the link, the outbox, room accounts."""

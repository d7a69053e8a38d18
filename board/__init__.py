"""Screens of rooms, operators and the war room: a client of the broker that serves pages, each with a WebSocket."""

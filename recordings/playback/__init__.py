"""Playback of recordings for people: signed URLs, and formats that browsers play."""

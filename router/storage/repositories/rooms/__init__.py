"""Alerts, tasks, commands and voicemail of rooms, and the attendance of operators, in the store."""

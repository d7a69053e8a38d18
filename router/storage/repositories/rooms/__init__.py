"""What rooms get and send, in the store: alerts, tasks, commands, voicemail, and who is at work."""

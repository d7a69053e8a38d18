"""What passes between rooms and the war room: alerts, tasks, stock, decided commands, operators at work."""

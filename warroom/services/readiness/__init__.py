"""How a process reports that it is ready: to systemd, by a file, and that calls are taken."""

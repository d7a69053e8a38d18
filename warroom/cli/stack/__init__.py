"""Commands that run a stack: up, status, stop, restart, drain, logs, service."""

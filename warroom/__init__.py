"""The `warroom` command, settings, secrets, services and monitoring."""

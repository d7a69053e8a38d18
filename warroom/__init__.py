"""The front door: the `warroom` command, settings, secrets, processes."""

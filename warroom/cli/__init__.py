"""The `warroom` command, one file for each group of sub-commands."""

"""The `warroom` command: a package for each subject, one file for each command or group of commands."""

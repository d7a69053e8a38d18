"""Asterisk's configuration files, which `warroom.config.asterisk.config_files` copies into the data directory."""

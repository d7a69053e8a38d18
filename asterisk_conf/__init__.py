"""Asterisk's configuration files, which `warroom.config.asterisk_config` copies into the data directory."""

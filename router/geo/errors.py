"""Errors of the tables of places and needs."""

from router.errors import ConfigError


class PlacesError(ConfigError):
    """The tables of places and needs cannot be used as they are."""

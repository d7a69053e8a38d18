"""The routing rules of a data directory: the admin's validated file, and a copy of the version in force."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from router.geo import load_places
from router.tickets.routing.rule_file import RulesError, read_rules
from warroom.config.folders import read_file
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


def check_routes(data: Path) -> str:
    """Check the admin's rules and return their text; empty while those of the program hold.

    Raises:
        RulesError: With every mistake.
    """
    path = DataDirectory(data).routes
    if not path.exists():
        return ""
    read_rules(path, load_places())
    return path.read_text("utf-8-sig")


def initial_routes(data: Path) -> str:
    """Return the text of the admin's rules; after a mistake in them, of those that were in force before."""
    try:
        return check_routes(data)
    except RulesError as error:
        for problem in error.problems:
            _log.error("routes not taken, those in force before stay: %s", problem)
        copy = DataDirectory(data).routes_in_force
        return read_file(copy) if copy.exists() else ""

"""The limit of open files of a process: each connection and each call needs some."""

from __future__ import annotations

import resource
from typing import Final

FILES_WANTED: Final = 65_536
"""A bridged call holds about a dozen, a connection one; 5,000 calls at most."""


def open_files() -> int:
    """Return how many we ask for: `FILES_WANTED`, or what this machine allows when that is less."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)

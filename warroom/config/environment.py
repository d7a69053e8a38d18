"""The environment variables that each process of the stack inherits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ALLOWED: Final = frozenset({"PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR"})
"""Where programs lie, in which language and time they speak, where they may write for a moment."""
LOCALE: Final = "LC_"
SETTINGS: Final = "WARROOM_"
"""Prefix of the variables of settings: see `warroom.config.settings.Settings`."""


def environment_of(
    environment: Mapping[str, str], *, settings: bool = False, without: Collection[str | None] = ()
) -> dict[str, str]:
    """Return the variables that are passed on; passwords and other contents of an admin's shell stay behind.

    Args:
        environment: Ours.
        settings: Whether the process reads settings.
        without: Names of variables that hold passwords, and may begin as settings do.
    """
    return {
        name: value
        for name, value in environment.items()
        if name in ALLOWED
        or name.startswith(LOCALE)
        or (settings and name.startswith(SETTINGS) and name not in without)
    }

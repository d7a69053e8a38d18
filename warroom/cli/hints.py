"""Commands named in messages, written so that they can be typed as they stand: with the data directory in use."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.config.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Collection

DATA_VARIABLE: Final = "WARROOM_DATA"
_INSTALLED_DATA: Final = Path("/var/lib/warroom")  # FHS 3.0, 5.8: state of a program


def default_data() -> Path:
    """Return the data directory that is used without `--data`: `var` of the checkout, whatever folder one is in."""
    return PROJECT / "var" if (PROJECT / "pyproject.toml").exists() else _INSTALLED_DATA


class Hints:
    """Completes the commands named in a text.

    Attributes:
        data: The data directory in use.

    Args:
        data: The same.
        commands: The names of the commands.
    """

    def __init__(self, data: Path, commands: Collection[str]) -> None:
        self.data = data
        names = "|".join(sorted(map(re.escape, commands), key=len, reverse=True))
        self._named = re.compile(rf"(?<![\w/.@-])warroom (?=(?:{names})(?![\w-]))") if names else None
        self._full = f"warroom --data {shlex.quote(str(data))} ".replace("\\", "\\\\")
        if data == default_data().resolve() or DATA_VARIABLE in os.environ:
            self._named = None

    def complete(self, text: str) -> str:
        """Return a text with the data directory in each command it names."""
        return self._named.sub(self._full, text) if self._named else text

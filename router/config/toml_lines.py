"""Finds the line of a key in a TOML file, since the parser returns values without lines."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_*#-]+)\"?\s*=")


class TomlLines:
    """Finds the line of a key by its dotted path, such as `steps.food.choices.1`.

    Args:
        text: The file's content.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        header = ""
        for number, line in enumerate(text.splitlines(), 1):
            if match := _HEADER.match(line):
                header = match[1].strip()
                self._lines.setdefault(header, number)
            elif match := _KEY.match(line):
                self._lines.setdefault(f"{header}.{match[1]}".lstrip("."), number)

    def of(self, path: str) -> int:
        """The line of a path, or of the nearest table around it; 1 for a path that is not in the file."""
        while path and path not in self._lines:
            path = path.rpartition(".")[0]
        return self._lines.get(path, 1)

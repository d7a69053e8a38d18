"""The length of each prompt, which bounds how long a command may take to play it.

Lengths come from the A-law files (8000 bytes a second, no header) and are read in a thread, so
that a slow disk never holds a call.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from agi.fastagi.errors import PromptMissingError
from agi.prompts.catalog import LANGUAGES
from router.polling import poll_forever

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

BYTES_PER_S: Final = 8000
"""A-law: one byte a sample, 8000 samples a second."""
REFRESH_S: Final = 30.0
"""How soon a prompt that an admin replaced by a longer one gets its new length."""
SUFFIX: Final = ".alaw"
_FORBIDDEN: Final = frozenset(',&"\\|\n\r\0')
"""Characters that would end a path inside the arguments of Playback or Read."""


class PromptDurations:
    """The prompts there are, with their lengths in seconds.

    Args:
        directories: Each holds ``hi/`` and ``en/``; a prompt is taken from the first that has it.

    Raises:
        ValueError: A directory's name holds a character that Asterisk takes for a separator.
    """

    def __init__(self, *directories: Path) -> None:
        for directory in directories:
            if bad := sorted(_FORBIDDEN.intersection(str(directory))):
                msg = f"the prompt directory {directory} must not have {' '.join(map(repr, bad))} in its name"
                raise ValueError(msg)
        self._directories = tuple(map(str, directories))
        self._seconds: dict[str, float] = {}

    async def find(self, language: str, names: Sequence[str]) -> tuple[list[str], dict[str, float]]:
        """Paths of prompts as Asterisk plays them, and the length of each.

        Args:
            language: ``hi`` or ``en``.
            names: Prompt names; one may come several times.

        Returns:
            Absolute paths without suffix in the order of the names; seconds by path.

        Raises:
            PromptMissingError: One of them has no sound, even when looked for again.
        """
        paths = [self._path(language, name) for name in names]
        if not all(paths):
            await self.refresh()
            paths = [self._path(language, name) for name in names]
        if missing := [name for name, path in zip(names, paths, strict=True) if not path]:
            raise PromptMissingError("prompt", f"no sound for {language}/{missing[0]}: see `warroom prompts missing`")
        return paths, self._seconds

    def _path(self, language: str, name: str) -> str:
        for directory in self._directories:
            if (path := f"{directory}/{language}/{name}") in self._seconds:
                return path
        return ""

    async def refresh(self) -> None:
        """Read all lengths anew."""
        self._seconds = await asyncio.to_thread(_measure, self._directories)

    async def run(self) -> NoReturn:
        """Read all lengths, now and every `REFRESH_S`."""
        tell = partial(log.warning, "cannot read the prompt directory: %s")
        await poll_forever(self.refresh, every_s=REFRESH_S, troubles=(OSError,), tell=tell)


def _measure(directories: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for directory, language in itertools.product(directories, LANGUAGES):
        try:
            entries = os.scandir(f"{directory}/{language}")
        except FileNotFoundError:
            continue
        with entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX):
                    path = f"{directory}/{language}/{entry.name.removesuffix(SUFFIX)}"
                    found[path] = entry.stat().st_size / BYTES_PER_S
    return found

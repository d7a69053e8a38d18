"""Plays recordings: the file of each in a form that browsers play, made when somebody asks for it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

import soundfile

from recordings.playback.transcode import FORMS, transcode

_MAX_CONCURRENT: Final = 2  # sounds made at once: each keeps a core busy for a moment, and calls come first

_log = logging.getLogger(__name__)


class Player:
    """Makes files that browsers play, and keeps them for a while: a player asks for one in pieces.

    Args:
        kept: Where recordings lie.
        folder: Folder of the copies transcoded for listening.
    """

    def __init__(self, kept: Path, folder: Path) -> None:
        self._kept = kept
        self._folder = folder
        self._making = asyncio.Semaphore(_MAX_CONCURRENT)

    async def file(self, name: str, form: str) -> Path | None:
        """Return a recording in a form, one of `FORMS`; None, and a line in the log, when it cannot be played.

        Args:
            name: Its file name; what leads to another folder is left out of it.
            form: ``alaw`` or ``opus``.
        """
        try:
            async with self._making:
                source = self._kept / Path(name).name
                return await asyncio.to_thread(transcode, source, self._folder, FORMS[form])
        except (FileNotFoundError, soundfile.LibsndfileError) as error:
            _log.warning("%s cannot be played: %s", name, error)
            return None

"""Texts as callers hear them: at hand when they were spoken before, else spoken while a caller waits, not for long."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from agi.ivr.prompt_names import Prompt
from agi.prompts.cache import key_of_text, make_directory
from agi.prompts.catalog import LANGUAGES
from agi.prompts.errors import SpeechFailedError
from agi.prompts.sound import formats
from agi.prompts.tts import speaker_of
from agi.spoken_texts.speakable import speakable
from agi.spoken_texts.speaker import TextRefusedError
from router.polling import log_trouble, poll_forever

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agi.spoken_texts.speaker import Speaker

READY_S: Final = 2.0
"""A caller who hears nothing for longer believes that the line is dead. What takes longer is left out of this call, and
is at hand in the next."""
MAX_S: Final = 20.0
"""Seconds a text may last: more is not remembered."""
MAX_CHARACTERS: Final = 300
"""Of a text: what lasts `MAX_S`. More is not spoken at all, since half of it may say something else."""
MAX_KEPT: Final = 2_000
"""Sounds kept, of each language; the longest takes 1.1 MB, a name 0.1 MB."""
KEPT_S: Final = 30 * 86_400.0
"""Since a text was last asked for. What an officer wrote to a citizen is personal: it stays no longer than of use."""
CLEARED_EVERY_S: Final = 3_600.0
RETRY_S: Final = 30.0
"""After a failure of the voice: callers do not wait for it each time."""

_NAME: Final = "text-"
_DIGITS: Final = 32  # of a cache key, which is a SHA-256
_log = logging.getLogger(__name__)


class _Making(NamedTuple):
    task: asyncio.Task[bool]
    later: bool


class SpokenTexts:
    """The texts of one data directory that are spoken when they are needed, or before.

    Args:
        directory: Holds ``hi/`` and ``en/``, for callers of each language; absolute.
        speaker: Speaks what is not there.
    """

    def __init__(self, directory: Path, speaker: Speaker) -> None:
        self._directory = directory
        self._speaker = speaker
        self._making: dict[Path, _Making] = {}
        self._never: set[Path] = set()
        self._not_before = 0.0

    async def ready(self, texts: Sequence[str], language: str) -> list[Prompt | None]:
        """Return texts as prompts for a caller of a language; None for one that is not ready within `READY_S`.

        Args:
            texts: As they were typed; an empty one has no sound.
            language: ``hi`` or ``en``: the caller's. The voice follows from the text.
        """
        paths = [self._path(text, language) for text in texts]
        tasks = {path: self._made(text, path) for text, path in zip(texts, paths, strict=True) if path}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=READY_S)
        there = {path for path, task in tasks.items() if task.done() and task.result()}
        return [Prompt(path.name) if path in there else None for path in paths]

    def speak_soon(self, text: str, language: str) -> None:
        """Have a text spoken that callers of a language will hear, while nobody waits for it."""
        path = self._path(text, language)
        if path and not self._speaker.full:
            self._made(text, path, later=True)

    async def run(self) -> NoReturn:
        """Remove what is old or too much, until cancelled."""
        tell = partial(log_trouble, _log, "old spoken texts are removed later")
        await poll_forever(self._clear, every_s=CLEARED_EVERY_S, troubles=(OSError,), tell=tell)

    def _path(self, text: str, language: str) -> Path | None:
        said = speakable(text) if len(text) <= MAX_CHARACTERS else ""
        if not said:
            return None
        voice = self._speaker.voices.speaking(speaker_of(said))
        return self._directory / language / f"{_NAME}{key_of_text(said, voice)[:_DIGITS]}"

    def _made(self, text: str, path: Path, *, later: bool = False) -> asyncio.Task[bool]:
        before = self._making.get(path)
        if before and (later or not before.later):
            return before.task
        task = asyncio.create_task(self._make(text, path, later=later))  # a caller waits: before those that may wait
        self._making[path] = _Making(task, later)
        task.add_done_callback(lambda done: self._forget(path, done))
        return task

    def _forget(self, path: Path, done: asyncio.Task[bool]) -> None:
        if (making := self._making.get(path)) and making.task is done:
            del self._making[path]

    async def _make(self, text: str, path: Path, *, later: bool) -> bool:
        """Return whether it is there now."""
        try:
            if await asyncio.to_thread(_used, path):
                return True
            if path in self._never or time.monotonic() < self._not_before:
                return False
            await self._speaker.speak(text, path, max_s=MAX_S, later=later)
        except TextRefusedError as error:
            _log.info("a text of %d characters is not spoken: it %s", len(text), error)
            self._never.add(path)
            return False
        except (SpeechFailedError, OSError) as error:
            _log.warning("a text of %d characters could not be spoken: %s", len(text), error)
            self._not_before = time.monotonic() + RETRY_S
            return False
        return True

    async def _clear(self) -> None:
        self._never.clear()
        await asyncio.to_thread(clear, self._directory, kept_s=KEPT_S, most=MAX_KEPT)


def clear(directory: Path, *, kept_s: float, most: int) -> int:
    """Remove spoken texts that nobody has asked for in `kept_s` seconds, and all but the `most` newest of a language.

    Who hears one now hears it to its end. Blocks; safe while others speak.

    Returns:
        How many texts were removed.

    Raises:
        OSError: one cannot be removed.
    """
    now, removed = time.time(), 0
    for language in LANGUAGES:
        folder = directory / language
        make_directory(folder)
        found = [(path, used) for path in folder.glob(f"{_NAME}*.alaw") if (used := _last_used(path)) is not None]
        found.sort(key=lambda one: one[1], reverse=True)
        old = itertools.dropwhile(lambda one: one[1] > now - kept_s, found[:most])
        for path, _ in (*old, *found[most:]):
            removed += 1
            for ending in sorted(formats.BYTES_A_SECOND):  # A-law, by which it counts as there, goes first
                path.with_suffix(f".{ending}").unlink(missing_ok=True)
    return removed


def _last_used(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None


def _used(path: Path) -> bool:
    """Note that a text was asked for; return whether its sound is there."""
    try:
        os.utime(f"{path}.alaw")
    except FileNotFoundError:
        return False
    return True

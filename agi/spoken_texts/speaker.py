"""The speaking process as the services see it: what callers wait for comes first, and a stuck process is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from agi.prompts.catalog import LANGUAGES
from agi.prompts.errors import SpeechFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from agi.prompts.voices import Voices

ANSWER_S: Final = 60.0
"""For a text of `MAX_S` and the start of the process, on a machine busy with calls; the better voice speaks about as
fast as one listens. After it the process counts as stuck."""
IDLE_S: Final = 600.0
"""After the last text the process is ended: its memory is of use to others."""
MAX_WAITING: Final = 500
"""Texts that wait to be spoken beforehand; further ones are spoken when somebody asks for them."""

_log = logging.getLogger(__name__)


class TextRefusedError(SpeechFailedError):
    """The text itself is to blame: another try comes to the same."""


class _Job(NamedTuple):
    later: bool
    order: int
    words: dict[str, Any]
    done: asyncio.Future[None]


class Speaker:
    """One process that speaks texts into files, one after the other; started when it is needed.

    Args:
        voices: Who speaks.

    Attributes:
        voices: The same.
    """

    def __init__(self, voices: Voices) -> None:
        self.voices = voices
        self._jobs: asyncio.PriorityQueue[_Job] = asyncio.PriorityQueue()
        self._order = itertools.count()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def full(self) -> bool:
        """Whether too many texts wait for one to be added that nobody waits for."""
        return self._jobs.qsize() >= MAX_WAITING

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def speak(self, text: str, target: Path, *, max_s: float, later: bool = False) -> None:
        """Have a text spoken into files.

        Args:
            text: As it was typed.
            target: Their path without ending.
            max_s: Seconds it may last.
            later: Whether it may wait for all that are asked for at once.

        Raises:
            TextRefusedError: it holds nothing that can be said, or lasts too long.
            SpeechFailedError: it could not be spoken now.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        words = {"text": text, "target": str(target), "max_s": max_s}
        self._jobs.put_nowait(_Job(later, next(self._order), words, done))
        await done

    async def run(self) -> NoReturn:
        """Speak until cancelled."""
        try:
            while True:
                try:
                    async with asyncio.timeout(IDLE_S):
                        job = await self._jobs.get()
                except TimeoutError:
                    await self._end()
                    continue
                await self._do(job)
        finally:
            await self._end()

    async def _do(self, job: _Job) -> None:
        if job.done.cancelled():
            return
        answer = await self._answer(job.words)
        if job.done.cancelled():
            return
        if "error" not in answer:
            job.done.set_result(None)
            return
        failure = TextRefusedError if answer.get("lasting") else SpeechFailedError
        job.done.set_exception(failure(answer["error"]))

    async def _answer(self, words: dict[str, Any]) -> dict[str, Any]:
        """Ask; once more where the process has died, maybe while it was idle, or of this text."""
        for _ in range(2):
            try:
                return await self._ask(words)
            except TimeoutError:
                await self._end()
                _log.warning("the speaking process gave no answer in time; the next text starts another")
                return {"error": "the speaking process gave no answer in time"}
            except (OSError, EOFError, ValueError):
                await self._end()
        _log.warning("the speaking process ended twice at one text")
        return {"error": "the speaking process ended"}

    async def _ask(self, words: dict[str, Any]) -> dict[str, Any]:
        async with asyncio.timeout(ANSWER_S):
            process = self._process if self.pid is not None and self._process else await self._start()
            assert process.stdin is not None  # noqa: S101 - pipes were asked for
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(json.dumps(words).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        await self._end()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agi.spoken_texts.worker", *(self.voices.wanted(name).engine for name in LANGUAGES),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        _log.debug("speaking process %d started", self._process.pid)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)  # the voice's own process ends when its input does
        await process.wait()

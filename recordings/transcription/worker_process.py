"""A recognition process as its parent sees it: one request at a time, killed when it does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from router.errors import WarroomError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

RECYCLE_AFTER: Final = 500
"""Answers after which a process is replaced: what Kaldi's memory has grown by in a day of messages is given back."""

_LINE_BYTES: Final = 64 * 1024 * 1024  # an answer: the words of two hours are about 2 MB

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Seconds a process may take for a recording before it counts as stuck.

    Attributes:
        load_s: To load a model: the largest public one (1.5 GB) took minutes on a slow disk.
        base_s: For anything, on a machine busy with calls.
        per_second: For each second of sound; a large model on one busy core needs about one.
    """

    load_s: float = 300.0
    base_s: float = 30.0
    per_second: float = 4.0


class WorkerStuckError(WarroomError):
    """The process did not answer in time, or ended; the text says which. It is gone; the next question starts another.

    Attributes:
        loading: Whether it was loading a model: then the recording is not to blame.
    """

    def __init__(self, text: str, *, loading: bool) -> None:
        super().__init__(text)
        self.loading = loading


class WorkerProcess:
    """One process, started when first asked. It does one recording at a time; others wait for their turn.

    Args:
        limits: When it counts as stuck.
        module: The module that runs in it: it answers each line of JSON by one.
        prefix: The command that starts it, such as one that gives it another user.
    """

    def __init__(
        self,
        limits: WorkerLimits | None = None,
        module: str = "recordings.transcription.worker",
        prefix: Sequence[str] = (),
    ) -> None:
        self._limits = limits or WorkerLimits()
        self._command = (*prefix, sys.executable, "-P", "-m", module)  # nothing of the folder it is started in
        self._process: asyncio.subprocess.Process | None = None
        self._answers = 0
        self._turn = asyncio.Lock()
        self._until = 0.0

    @property
    def free_within_s(self) -> float:
        """Seconds until the present holder of the turn is done or has given up; 0 when there is none."""
        return max(0.0, self._until - time.monotonic())

    @contextlib.asynccontextmanager
    async def turn(self, seconds: float) -> AsyncIterator[None]:
        """Wait for the turn to have a recording of so many seconds listened to."""
        async with self._turn:
            self._until = time.monotonic() + self.limit_s(seconds)
            try:
                yield
            finally:
                self._until = 0.0

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def is_spent(self) -> bool:
        """Whether the next job starts another process: none runs, or this one has answered often enough."""
        return self._answers >= RECYCLE_AFTER or self.pid is None

    async def ended(self) -> None:
        """Wait until the process is gone; returns at once when none runs."""
        if self._process is not None:
            await self._process.wait()

    async def listen(self, path: Path, model: Path | None, seconds: float) -> dict[str, Any]:
        """Have a recording transcribed, in the caller's turn.

        Args:
            path: The recording.
            model: The folder of the model; None for the recording's facts alone.
            seconds: Its length, at the most.

        Returns:
            As ``recordings.transcription.worker`` answers.

        Raises:
            WorkerStuckError: no answer in time, or the process died of it.
        """
        job = {"path": str(path), "model": str(model) if model else None}
        return await self.ask(job, self.limit_s(seconds))

    async def check(self, model: Path) -> dict[str, Any]:
        """Load a model and return its properties; raises WorkerStuckError."""
        return await self.ask({"check": str(model)}, self._limits.base_s)

    def limit_s(self, seconds: float) -> float:
        """Return how long a recording of this length may take, the loading of its model left aside."""
        return self._limits.base_s + self._limits.per_second * seconds

    async def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process, self._answers = self._process, None, 0
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)  # process.kill() may reap it and lose its exit code
        await process.wait()

    async def ask(self, job: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """Give the process a job and return its answer. Raises WorkerStuckError."""
        if self.is_spent:
            await self.close()
        loading = False
        try:
            process = self._process or await self._start()
            assert process.stdin is not None  # noqa: S101 - pipes were asked for
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(json.dumps(job).encode() + b"\n")
            await process.stdin.drain()
            answer = await self._answer(process.stdout, limit_s)
            while "loading" in answer or "loaded" in answer:
                loading = "loading" in answer
                answer = await self._answer(process.stdout, self._limits.load_s if loading else limit_s)
        except TimeoutError:
            await self.close()
            raise WorkerStuckError("no answer in time", loading=loading) from None
        except (EOFError, ConnectionError):
            code = await self._ended()
            raise WorkerStuckError(f"the process ended with code {code}", loading=loading) from None
        except BaseException:
            await self.close()
            raise
        self._answers += 1
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE_BYTES, start_new_session=True,
        )  # fmt: skip
        _log.debug("transcription worker %d started", self._process.pid)
        return self._process

    async def _answer(self, stream: asyncio.StreamReader, limit_s: float) -> dict[str, Any]:
        async with asyncio.timeout(limit_s):
            line = await stream.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        content: dict[str, Any] = json.loads(line)
        return content

    async def _ended(self) -> int | None:
        process = self._process
        await self.close()
        return process.returncode if process else None

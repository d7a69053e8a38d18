"""The `warroom` command as an admin types it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

WARROOM = Path(sys.executable).with_name("warroom")
LIMIT_S = 100.0
PLAIN = {"NO_COLOR": "1", "COLUMNS": "200"}  # tables as wide as their lines are long


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


async def warroom(data: Path, *words: str, program: tuple[str, ...] = (str(WARROOM),), **options: object) -> Ended:
    """Run a command to its end."""
    async with started(data, *words, program=program, **options) as process, asyncio.timeout(LIMIT_S):
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


@contextlib.asynccontextmanager
async def started(
    data: Path, *words: str, program: tuple[str, ...] = (str(WARROOM),), **options: object
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a command in a process group of its own; what is left of the group in the end is killed."""
    process = await asyncio.create_subprocess_exec(
        *program,
        "--data",
        str(data),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, **PLAIN},
        **options,  # type: ignore[arg-type]
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


def assert_one_clear_line(ended: Ended, *words: str, code: int = 1) -> None:
    """It failed with one line that names these words, and no stack trace; commands in it are named without `--data`."""
    assert ended.code == code, ended
    (line,) = ended.err.strip().splitlines()
    assert line.startswith("warroom: ")
    line = short_hints(line)
    assert "Traceback" not in ended.out
    for word in words:
        assert word in line


def short_hints(text: str) -> str:
    """Return a text with the commands it names as documents have them: without the data directory."""
    return re.sub(r"warroom --data ('[^']*'|\S+) ", "warroom ", text)

"""A FastAGI server with prompts for tests: ``async with harness(handler) as served``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agi.fastagi.dtmf import DtmfDeduplicator
from agi.fastagi.server import AgiServer, Handler
from agi.fastagi.session import AgiSession
from agi.journal.journal import CallNotes
from agi.prompts.durations import PromptDurations
from tests.support.agi_client import SECRET, FakeCall

Step = Callable[[AgiSession], Awaitable[Any]]

HOST = "127.0.0.1"
PROMPTS = {"one": 1.0, "two": 2.0, "three": 3.0}


def make_prompts(directory: Path) -> Path:
    for language in ("hi", "en"):
        (directory / language).mkdir(parents=True, exist_ok=True)
        for name, seconds in PROMPTS.items():
            (directory / language / f"{name}.alaw").write_bytes(b"\xd5" * int(8000 * seconds))
    return directory


def unnoted(call: str) -> CallNotes:
    """Notes that nobody reads."""
    return CallNotes(call, lambda _: None)


class FastAgiHarness:
    def __init__(self, server: AgiServer) -> None:
        self.server = server

    @property
    def port(self) -> int:
        return self.server.port

    def call(self, *args: Any, **options: Any) -> FakeCall:
        return FakeCall(HOST, self.port, *args, **options)


@asynccontextmanager
async def harness(
    directory: Path, handler: Handler, *, presses: DtmfDeduplicator | None = None, **more: Handler
) -> AsyncIterator[FastAgiHarness]:
    prompts = PromptDurations(make_prompts(directory))
    server = AgiServer({"call": handler, **more}, prompts, SECRET, lambda _: presses, unnoted)
    await server.start(HOST, 0)
    try:
        yield FastAgiHarness(server)
    finally:
        await server.close(grace_s=5)  # ends as soon as the handlers have


async def tried(
    tmp_path: Path, step: Step, *, presses: DtmfDeduplicator | None = None, **options: Any
) -> tuple[Any, FakeCall]:
    """Run one step in a call; returns what it gave or raised, and the call."""
    found: list[Any] = []

    async def handler(session: AgiSession) -> None:
        try:
            found.append(await step(session))
        except Exception as error:
            found.append(error)
            raise

    async with harness(tmp_path, handler, presses=presses) as served:
        call = await served.call(**options).run()
    assert len(found) == 1
    return found[0], call

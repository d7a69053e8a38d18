"""The FastAGI package by itself: a server with one script, prompts from anywhere, and a call over a socket."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from agi.fastagi.errors import PromptMissingError
from agi.fastagi.server import AgiServer
from tests.support.agi_client import FakeCall

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agi.fastagi.session import AgiSession

HOST = "127.0.0.1"
LOADED = "import sys, agi.fastagi.component; print(*sorted(name for name in sys.modules if name.startswith('agi.')))"


class Sounds:
    """Has one sound of two seconds, in every language."""

    async def find(self, language: str, names: Sequence[str]) -> tuple[list[str], Mapping[str, float]]:
        if set(names) > {"how-old"}:
            raise PromptMissingError("prompt", "no such sound")
        return [f"/sounds/{language}/{name}" for name in names], {f"/sounds/{language}/how-old": 2.0}


class Notes:
    """Takes notes that nobody reads."""

    def __init__(self, call: str) -> None:
        self.step = call

    def arrived(self, *, direction: str, trunk: str, did: str, helpline: str, caller: str | None) -> None: ...

    def note(self, kind: str, **data: object) -> None: ...

    def during(self, kind: str, **data: Any) -> contextlib.AbstractContextManager[dict[str, Any]]:
        return contextlib.nullcontext(data)


async def ask_age(session: AgiSession) -> None:
    await session.answer()
    await session.set_language("en")
    age = await session.ask(["how-old"], digits=2)
    await session.set_variable("AGE", f"{session.info.args[0]} {age}")


async def test_fastagi_serves_a_script_without_the_rest_of_the_program() -> None:
    server = AgiServer({"age": ask_age}, Sounds(), "secret", lambda _: None, Notes)
    await server.start(HOST, 0)
    try:
        call = await FakeCall(HOST, server.port, "age", ("asked",), keys=["42"], secret="secret").run()
    finally:
        await server.close()
    assert call.played == ["en/how-old"]
    assert call.variables["AGE"] == "asked 42"


def test_fastagi_loads_nothing_else_of_telephony() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    assert "agi.fastagi.server" in loaded
    assert [name for name in loaded if not name.startswith("agi.fastagi")] == []

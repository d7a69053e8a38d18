"""What the tests that break parts share: the short way through a conversation, a look into the store."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import aiomqtt

from router.mqtt.client import create_client
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.support.brokers import WAIT_S, until
from tests.support.citizen import VOICE as FOUR_SECONDS
from warroom.config.secrets import MQTT_ROUTER, read_secret
from warroom.sip_test_client.rtp import FRAME_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.conftest import LiveStack
    from warroom.sip_test_client import TestCall

#: First words of a question -> the keys that interrupt it: the shortest ways through the conversation.
TO_RATION = (("greeting-181", "1"), ("food-menu", "1"))
TO_BHOPAL = (*TO_RATION, ("place-ask", "462001#"), ("place-is", "1"))
TO_THE_DETAILS = (*TO_BHOPAL, ("callback-ask", "1"))
TO_THE_NUMBER = (*TO_THE_DETAILS, ("details-ask", "#"))

_STATUS_LIMIT_S = 90.0  # the AMI link asks every 30 s at the longest


#: Two seconds of speech: the recording begins a little after the beep.
SPOKEN = FOUR_SECONDS[:16000]

#: Packets left of a prompt that is shortened: enough to be known.
_SHORT_FRAMES = 10


def shorten(stack: LiveStack, *prompts: str) -> None:
    """Cut prompts down to the part of them that is known best by ear: what else is said is not waited for."""
    for prompt in prompts:
        path = stack.layout.prompts / f"{prompt}.alaw"
        data = path.read_bytes()
        known = [
            stack.matcher.place(data[at : at + FRAME_BYTES]) is not None for at in range(0, len(data), FRAME_BYTES)
        ]
        first = max(range(len(known)), key=lambda at: sum(known[at : at + _SHORT_FRAMES]))
        for form in ("alaw", "ulaw", "g722"):  # 64 kbit/s each
            _cut(path.with_suffix(f".{form}"), first * FRAME_BYTES, (first + _SHORT_FRAMES) * FRAME_BYTES)


def _cut(path: Path, start: int, end: int) -> None:
    sound = path.read_bytes()[start:end]
    path.unlink()  # it is a link to the prompt of every other data directory
    path.write_bytes(sound)
    path.chmod(0o644)


def shorten_all(stack: LiveStack) -> None:
    """Cut every Hindi prompt so: for tests of what is said and done, not of how long it takes."""
    shorten(stack, *(f"hi/{path.stem}" for path in (stack.layout.prompts / "hi").glob("*.alaw")))


async def leave_message(call: TestCall, language: str = "hi") -> None:
    """Hear the dialplan ask for a message, speak after its beep, hear that it was kept."""
    await call.hear(f"{language}/leave-message", within_s=20)
    await call.hear(f"{language}/beep")
    await call.speak(SPOKEN)
    await call.press("#")
    await call.hear(f"{language}/message-kept")


def query(stack: LiveStack, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the store itself."""
    with closing(sqlite3.connect(f"file:{stack.layout.store}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


def tickets_of(stack: LiveStack, caller: str) -> list[dict[str, Any]]:
    """All tickets of a caller of ten digits, as the store has them."""
    rows = query(stack, "SELECT document FROM tickets WHERE phone = ? ORDER BY id", f"+91{caller}")
    return [json.loads(document) for (document,) in rows]


def alerts_of(stack: LiveStack, kind: str, room: str = "state") -> list[dict[str, Any]]:
    """What a room is told of this kind now, as the store has it: nothing, or one alert."""
    rows = query(stack, "SELECT data FROM alerts WHERE active AND kind = ? AND room = ?", kind, room)
    return [json.loads(data) for (data,) in rows]


async def known(stack: LiveStack, caller: str, *, need: str | None, district: str | None) -> None:
    """Wait until the store knows this of a running call: what survives the service."""
    sql = "SELECT count(*) FROM calls WHERE phone = ? AND need IS ? AND district IS ? AND ended IS NULL"
    await until(lambda: query(stack, sql, f"+91{caller}", need, district) == [(1,)])


async def settled(stack: LiveStack, seconds: float = WAIT_S) -> None:
    """Wait until no call, no recording and no ticket is on its way any more: what is there now is all there will be."""

    def idle() -> bool:
        live = query(stack, "SELECT count(*) FROM calls WHERE ended IS NULL")[0][0]
        unsent = query(stack, "SELECT count(*) FROM outbox")[0][0]
        return not live and not unsent and not any(stack.layout.incoming.iterdir())

    await until(idle, seconds=seconds)


async def all_lines_free(stack: LiveStack) -> None:
    """Wait until Asterisk has no channel: one that has said BYE is still there for a moment, and counts."""

    async def free() -> bool:
        return "0 active channels" in await asyncio.to_thread(stack.asterisk, "core show channels count")

    await until(free)


async def in_bridge(stack: LiveStack) -> None:
    """Wait until Asterisk has two channels in one bridge."""
    async with asyncio.timeout(WAIT_S):
        while " 2 " not in await asyncio.to_thread(stack.asterisk, "bridge show all"):
            await asyncio.sleep(0.2)


async def restart_service(stack: LiveStack) -> None:
    """Start the service again and wait until it is ready, while calls go on."""
    await asyncio.to_thread(stack.processes.start_service)


def as_router(stack: LiveStack) -> aiomqtt.Client:
    """A client of the router's account."""
    password = read_secret(stack.data, MQTT_ROUTER)
    return create_client(stack.settings.router.broker, ROUTER_ACCOUNT, password, "test-as-router")


async def node_says(stack: LiveStack, **wanted: object) -> dict[str, Any]:
    """Wait until the node topic says this; return all it says."""
    root = stack.settings.router.broker.topic_root
    async with asyncio.timeout(_STATUS_LIMIT_S), as_router(stack) as client:
        await client.subscribe(f"{root}/nodes/1", qos=1)
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            data: dict[str, Any] = json.loads(message.payload)["data"]
            if all(data.get(key) == value for key, value in wanted.items()):
                return data
    raise AssertionError

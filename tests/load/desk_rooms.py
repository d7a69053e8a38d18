"""The rooms of all districts as real MQTT clients, for the bench."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

import aiomqtt

from router.mqtt.client import TCP_NODELAY_OPTION
from tests.load.desk_router import ACTIONS

if TYPE_CHECKING:
    from tests.support.brokers import Broker

_REPLY = re.compile(rb'"command_id":"([^"]+)".*?"accepted":(true|false)')
_LIMIT_S = 60.0


class Room:
    """One room: what it has received, and a way to say commands.

    Attributes:
        came: When the first version of each ticket came, by number.
        retained: How many tickets the broker had kept.
    """

    def __init__(self, room: str, client: aiomqtt.Client, root: str) -> None:
        self.room = room
        self.came: dict[str, float] = {}
        self.retained = 0
        self._client = client
        self._root = root
        self._replies: dict[bytes, asyncio.Future[bool]] = {}

    async def receive(self) -> None:
        """Take what comes, for ever."""
        tickets, replies = f"{self._root}/rooms/{self.room}/tickets/", f"{self._root}/rooms/{self.room}/replies"
        await self._client.subscribe([(f"{tickets}#", 1), (replies, 1), (f"{self._root}/rooms/{self.room}/summary", 1)])
        async for message in self._client.messages:
            topic, payload = str(message.topic), message.payload
            assert isinstance(payload, bytes)
            if topic.startswith(tickets):
                self.retained += bool(message.retain)
                self.came.setdefault(topic.rpartition("/")[2], time.monotonic())
            elif topic == replies and (found := _REPLY.search(payload)):
                future = self._replies.get(found.group(1))
                if future and not future.done():
                    future.set_result(found.group(2) == b"true")

    async def say(self, number: str, action: str) -> float:
        """Say a command and wait for its answer; return how long that took."""
        mark = f"r-{number}-{action}"
        future = self._replies[mark.encode()] = asyncio.get_running_loop().create_future()
        start = time.monotonic()
        payload = f'{{"command_id":"{mark}","ticket":"{number}","action":"{action}","by":"bench"}}'
        await self._client.publish(f"{self._root}/rooms/{self.room}/commands", payload, qos=1)
        async with asyncio.timeout(_LIMIT_S):
            assert await future, f"{action} of {number} was refused"
        del self._replies[mark.encode()]
        return time.monotonic() - start

    async def work_through(self, numbers: Iterable[str]) -> list[float]:
        """Acknowledge, start and resolve tickets; return how long each command took."""
        return [await self.say(number, action) for number in numbers for action in ACTIONS]


@contextlib.asynccontextmanager
async def connected_rooms(
    broker: Broker, rooms: Iterable[str], *, name: str = "bench"
) -> AsyncIterator[dict[str, Room]]:
    """Connect rooms and let them receive for the time of the block."""
    async with contextlib.AsyncExitStack() as stack:
        found: dict[str, Room] = {}
        work: list[asyncio.Task[None]] = []
        stack.push_async_callback(_end, work)
        for room in rooms:
            client = await stack.enter_async_context(broker.client(room, name=name, socket_options=TCP_NODELAY_OPTION))
            found[room] = Room(room, client, broker.settings.topic_root)
            work.append(asyncio.create_task(found[room].receive()))
        yield found
        for task in work:
            if task.done():
                task.result()
        await _end(work)


async def received(rooms: Iterable[Room], numbers: Iterable[str]) -> dict[str, float]:
    """Wait until some room has each of these tickets; return when it came, and fail if one does not."""
    numbers, rooms = set(numbers), list(rooms)
    async with asyncio.timeout(_LIMIT_S):
        while numbers - {number for room in rooms for number in room.came}:
            await asyncio.sleep(0.05)
    return {number: at for room in rooms for number, at in room.came.items() if number in numbers}


async def _end(work: list[asyncio.Task[None]]) -> None:
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)

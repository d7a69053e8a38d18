"""Presence of rooms whose people have a page of ours open: said to the broker for each room, as its own clients do.

One connection has one last will, and here are many rooms. None is needed: the router holds each word to the connections
by which it may have come (`router.mqtt.presence`), and says ``offline`` in our stead when ours has gone.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NoReturn

import aiomqtt

from board.accounts.identity import Role
from board.live.collection import to_json
from board.live.hub import now
from router.geo import STATE_ROOM
from router.mqtt import topics
from router.mqtt.client import PublishRejectedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from board.live.broker import BrokerLink
    from board.live.picture import Entry, Picture
    from board.live.tab import Tab

LEAVE_S: Final = 5.0
"""After the last page of a room has closed: one that is loaded anew is back sooner."""

_log = logging.getLogger(__name__)


class RoomsWithPeople:
    """Says of each room whether somebody of the room sits before its page.

    Args:
        link: To the broker.
        picture: Of the broker, in which our own word is read back: as with every client, who reads ``offline`` and is
            there says so again.
    """

    def __init__(self, link: BrokerLink, picture: Picture) -> None:
        self._link = link
        self._client = link.answer_level
        self._there: set[str] = set()
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._since = ""
        self._ask: set[str] = set()
        self._news = asyncio.Event()
        self._picture = picture
        picture.on(topics.ALL_PRESENCE, self._take)

    def connected(self) -> None:
        """Say everything anew, by the new connection."""
        self._since = now()
        mine = self._picture.entries(f"rooms/+/presence/{self._client}")
        self._touch({*self._there, *(entry.levels[1] for entry in mine)})

    def look(self, tabs: Iterable[Tab]) -> None:
        """Take note of who shows what now."""
        there = {room for tab in tabs for room in (room_of(tab),) if room}
        for room in there:
            if (leaving := self._leaving.pop(room, None)) is not None:
                leaving.cancel()
        for room in there - self._there:
            self._there.add(room)
            self._touch({room})
        loop = asyncio.get_running_loop()
        for room in self._there - there - self._leaving.keys():
            self._leaving[room] = loop.call_later(LEAVE_S, self._leave, room)

    async def run(self) -> NoReturn:
        """Publish until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._ask and self._link.broker:
                room = self._ask.pop()
                try:
                    await self._say(room)
                except (aiomqtt.MqttError, PublishRejectedError) as error:
                    _log.warning("whether somebody is at %s is not known to the broker: %s", room, error)

    async def _say(self, room: str) -> None:
        said: dict[str, object] = {"state": "offline", "human": True}
        if room in self._there:
            said = {"state": "online", "human": True, "since": self._since}
        topic = topics.presence(room, self._client)
        await self._link.publish(topic, to_json(said), retain=True, properties=None)

    def _leave(self, room: str) -> None:
        self._leaving.pop(room, None)
        self._there.discard(room)
        self._touch({room})

    def _take(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        if levels[-1] != self._client or levels[1] not in self._there:
            return
        if entry is None or entry.data.get("state") != "online":
            self._touch({levels[1]})

    def _touch(self, rooms: set[str]) -> None:
        self._ask |= rooms
        self._news.set()


def room_of(tab: Tab) -> str | None:
    """Return the room that is there when this page is open: its own people before its own page."""
    identity = tab.identity
    if identity.role is Role.ROOM and f"room/{identity.room}" in tab.views:
        return identity.room
    if identity.role is Role.WARROOM and ("warroom" in tab.views or f"room/{STATE_ROOM}" in tab.views):
        return STATE_ROOM
    return None

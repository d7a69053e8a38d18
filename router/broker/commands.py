"""Rooms' commands as they come from the broker: read, decided by the desk, answered."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from router.broker import topics
from router.broker.events import reply_event
from router.tickets import number as numbers
from router.tickets.command import ID_PATTERN, Command
from router.tickets.deciding import refused
from router.tickets.life import actor_of_room
from router.tickets.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paho.mqtt.properties import Properties

    from router.broker.inbox import Inbox
    from router.tickets.command import Reply
    from router.tickets.desk import Desk

LARGEST = 32 * 1024
"""Bytes of a command: two pages of Hindi in JSON escapes are 24 KB; more is a mistake."""

_ID = re.compile(rb'"command_id"\s*:\s*"(' + ID_PATTERN.encode() + rb')"')
_LOOKED_THROUGH = 4096  # bytes at the beginning of something malformed in which its id is looked for
_CORRELATION = 1024  # bytes of correlation data sent back: a UUID or a counter; nobody's storage

_log = logging.getLogger(__name__)


class Commands:
    """Takes the commands of all rooms.

    Args:
        desk: Decides.
        inbox: Where they come in and replies go out.
        rooms: The ids of all rooms; a topic of any other name is nobody's.
        node: This node: a command on another node's ticket is left to that one.
    """

    def __init__(self, desk: Desk, inbox: Inbox, *, rooms: Iterable[str], node: int) -> None:
        self._desk = desk
        self._inbox = inbox
        self._rooms = frozenset(rooms)
        self._node = node

    def listen(self) -> None:
        """Ask the inbox for the commands; before the link is started."""
        self._inbox.on(topics.ALL_COMMANDS, self.take)

    async def take(self, topic: str, payload: bytes, properties: Properties | None) -> None:
        """Decide one command and answer it; without an answer the room says it again.

        Raises:
            StoreUnavailable: it was not decided.
        """
        room = topic.split("/")[1]
        if room not in self._rooms:
            _log.warning("a command for %r, which is no room: ignored", room)
            return
        reply = await self._reply(room, payload)
        if reply is None:
            return
        if not reply.accepted:
            _log.info("command %s of %s refused: %s", reply.command_id, room, reply.code)
        correlation = getattr(properties, "CorrelationData", None)
        if correlation is not None and len(correlation) > _CORRELATION:
            correlation = None
        where = self._answer_topic(room, getattr(properties, "ResponseTopic", None))
        await self._inbox.send(where, reply_event(reply, node=self._node), correlation=correlation)

    async def _reply(self, room: str, payload: bytes) -> Reply | None:
        try:
            command = _read(payload)
        except Refusal as refusal:
            found = _ID.search(payload[:_LOOKED_THROUGH])
            if found is None:
                _log.warning("a command of %s without a command_id, %d bytes: %s", room, len(payload), refusal)
                return None
            return refused(found.group(1).decode(), "", actor_of_room(room), refusal, datetime.now(UTC))
        if numbers.valid(command.ticket) and numbers.node_of(command.ticket) != self._node:
            return None
        return await self._desk.command(command, actor=actor_of_room(room))

    def _answer_topic(self, room: str, wanted: str | None) -> str:
        """Return where the reply goes: where the client wants it, within its own room's replies, or to all of them."""
        usual = topics.replies(room)
        own = self._inbox.below_root(wanted) if wanted else usual
        within = own == usual or own.startswith(f"{usual}/")
        return own if within and not set("+#\0") & set(own) else usual


def _read(payload: bytes) -> Command:
    """Read a command.

    Raises:
        Refusal: it is none. Its words name fields, and never repeat what was in them.
    """
    if len(payload) > LARGEST:
        raise Refusal("malformed", wrong=f"{len(payload)} bytes, more than {LARGEST}")
    try:
        return Command.model_validate_json(payload)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'command'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_input=False, include_url=False)[:3]
        )
        raise Refusal("malformed", wrong=wrong) from None

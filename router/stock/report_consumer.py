"""Receives rooms' stock reports, retained on ``rooms/<room>/stock/<item>``: validates, stores, replies."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError

from router.mqtt import topics
from router.mqtt.cloudevents import reply_event
from router.stock.stock_report import StockReport
from router.storage.repositories import stock_repository
from router.storage.repositories.command_repository import digest
from router.storage.repositories.stock_repository import Stock
from router.strict_json import validate_json
from router.tickets.command import CommandReply, what_is_wrong
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paho.mqtt.properties import Properties

    from router.mqtt.inbox import Inbox
    from router.stock.items import Items
    from router.storage.engine import Storage

MAX_PAYLOAD_BYTES = 4 * 1024
"""Bytes of a report; four numbers need a hundred."""
_AHEAD = timedelta(minutes=15)  # a room's clock may be off by so much
_MAX_ITEM_CHARS = 64  # characters of a topic level that are repeated in a reply

_log = logging.getLogger(__name__)


class StockReports:
    """Takes the reports of all rooms.

    Args:
        store: Open.
        inbox: Where they come in and replies go out.
        items: The items there are.
        rooms: The ids of all rooms.
        node: This node, named in replies.
        taken: Called after each report that was kept.
    """

    def __init__(
        self,
        store: Storage,
        inbox: Inbox,
        *,
        items: Items,
        rooms: Iterable[str],
        node: int,
        taken: Callable[[], None],
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._items = items
        self._rooms = frozenset(rooms)
        self._node = node
        self._taken = taken

    def listen(self) -> None:
        """Ask the inbox for the reports; before the link is started."""
        self._inbox.on(topics.ALL_STOCK, self.take)

    async def take(self, topic: str, payload: bytes, _properties: Properties | None) -> None:
        """Keep one report and answer it; one that is known already (the broker kept it) gets no answer.

        Raises:
            StorageUnavailableError: it was not kept; it lies retained and comes again with the next connection.
        """
        _, room, _, item = topic.split("/", 3)
        if room not in self._rooms:
            _log.warning("stock of %r, which is no room: ignored", room[:_MAX_ITEM_CHARS])
            return
        refusal: CommandRefusedError | None = None
        try:
            if not await self._keep(room, item, payload):
                return
            self._taken()
        except CommandRefusedError as reason:
            _log.warning("stock of %s, %s refused: %s", room, item[:_MAX_ITEM_CHARS], reason)
            refusal = reason
        reply = CommandReply(
            command_id=f"stock:{digest(f'{item} {payload!r}')}",
            room=room,
            ticket="",
            accepted=refusal is None,
            code=refusal.code if refusal else "",
            reason=refusal.reason if refusal else "",
            reason_hi=refusal.reason_hi if refusal else "",
            at=datetime.now(UTC),
        )
        await self._inbox.send(topics.replies(room), reply_event(reply, node=self._node))

    async def _keep(self, room: str, item: str, payload: bytes) -> bool:
        if item not in self._items.by_id:
            raise CommandRefusedError("stock-item", name=item[:_MAX_ITEM_CHARS])
        if not payload:
            return await self._store.write(partial(stock_repository.withdraw, room=room, item=item))
        report = _read(payload)
        unit = self._items.by_id[item].unit
        if report.unit != unit:
            raise CommandRefusedError("stock-unit", name=item, known=unit)
        if report.as_of > datetime.now(UTC) + _AHEAD:
            raise CommandRefusedError("stock-time")
        kept = Stock(room, item, report.quantity, report.daily_use, report.as_of.astimezone(UTC))
        return await self._store.write(partial(stock_repository.upsert, report=kept))


def _read(payload: bytes) -> StockReport:
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise CommandRefusedError("stock-malformed", wrong=f"{len(payload)} bytes, more than {MAX_PAYLOAD_BYTES}")
    try:
        return validate_json(StockReport, payload)
    except ValidationError as error:
        raise CommandRefusedError("stock-malformed", wrong=what_is_wrong(error)) from None

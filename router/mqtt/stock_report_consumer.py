"""Receives rooms' stock reports, retained on ``rooms/<room>/stock/<item>``: keeps and answers them."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from router.model.rooms.decided_command import digest
from router.mqtt import topics
from router.mqtt.cloudevents import reply_event
from router.stock.stock_report import StockReport
from router.strict_json import validate_json
from router.tickets.command import CommandReply
from router.tickets.errors import CommandRefusedError
from router.validation_messages import too_large, what_is_wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paho.mqtt.properties import Properties

    from router.mqtt.inbox import Inbox
    from router.stock.stock_reports import StockReports

MAX_PAYLOAD_BYTES = 4 * 1024
"""Bytes of a report; four numbers need a hundred."""
_MAX_ITEM_CHARS = 64  # characters of a topic level that are repeated in a reply

_log = logging.getLogger(__name__)


class StockReportConsumer:
    """Takes the reports of all rooms.

    Args:
        stock: Keeps them.
        inbox: Where they come in and replies go out.
        rooms: The ids of all rooms.
        node: This node, named in replies.
        taken: Called after each report that was kept.
    """

    def __init__(
        self,
        stock: StockReports,
        inbox: Inbox,
        *,
        rooms: Iterable[str],
        node: int,
        taken: Callable[[], None],
    ) -> None:
        self._stock = stock
        self._inbox = inbox
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
        if not payload:
            return await self._stock.withdraw(room, item)
        return await self._stock.report(room, item, _read(payload))


def _read(payload: bytes) -> StockReport:
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise CommandRefusedError("stock-malformed", wrong=too_large(len(payload), MAX_PAYLOAD_BYTES))
    try:
        return validate_json(StockReport, payload)
    except ValidationError as error:
        raise CommandRefusedError("stock-malformed", wrong=what_is_wrong(error)) from None

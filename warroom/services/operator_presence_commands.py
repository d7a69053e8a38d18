"""What an operator's console can say about the operator's own work: come, go, pause; and be told how it stands."""

from __future__ import annotations

import asyncio
import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from router.mqtt.operator_messages import OperatorCommand
from router.mqtt.topics import WARROOM_OPERATOR
from router.storage.errors import StorageUnavailableError
from router.tickets.errors import CommandRefusedError, LocalizedMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.queues.member_sync import QueueMemberSync
    from agi.queues.schema import Operator
    from router.mqtt.commands.operator_commands import OperatorCommands
    from router.tickets.operator_presence import OperatorPresence
    from router.tickets.report import Report
    from router.tickets.service import TicketService

_REASONS: Final[Mapping[str, LocalizedMessage]] = MappingProxyType(
    {
        "operator-unknown": LocalizedMessage("there is no operator {name!r}", "{name!r} नाम का कोई ऑपरेटर नहीं है"),
        "not-at-work": LocalizedMessage("{name} is not at work: log in first", "{name} काम पर नहीं है: पहले लॉगिन कीजिए"),
    }
)


_log = logging.getLogger(__name__)


class _Presence(OperatorCommand):
    operator: str = ""
    """Whom it is about, when the war room says it; an operator speaks for nobody else."""


class _Pause(_Presence):
    reason: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]


AGAIN_S: Final = 2.0
"""Before the store is asked again for the tickets of the calls in hand, when it did not answer."""


class OperatorCallPublisher:
    """Tells the broker of each operator's call, with its newest ticket as soon as there is one.

    It may be opened when the operator has long answered.

    Args:
        desk: Knows the tickets, and tells of each that is opened.
        put: Called with an operator's id and what lies on the operator's topic.
    """

    def __init__(self, desk: TicketService, put: Callable[[str, Mapping[str, object] | None], None]) -> None:
        self._desk = desk
        self._put = put
        self._now: dict[str, Mapping[str, object]] = {}
        self._news = asyncio.Event()
        desk.on_open(self._opened)

    def tell(self, operator: str, call: Mapping[str, object] | None) -> None:
        """Take an operator's call, None when it is over; returns at once."""
        self._put(operator, call)
        if call is None:
            self._now.pop(operator, None)
        else:
            self._now[operator] = call
            self._news.set()

    async def run(self) -> None:
        """Look for tickets until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._look()
            except StorageUnavailableError as trouble:
                _log.warning("the tickets of the calls in hand are asked for again: %s", trouble)
                await asyncio.sleep(AGAIN_S)
                self._news.set()

    def _opened(self, report: Report) -> None:
        if any(call["uniqueid"] == report.call for call in self._now.values()):
            self._news.set()

    async def _look(self) -> None:
        looked = dict(self._now)
        newest = await self._desk.newest_of_calls({str(call["uniqueid"]) for call in looked.values()}) if looked else {}
        for operator, call in looked.items():
            number = newest.get(str(call["uniqueid"]))
            if number is not None and number != call.get("ticket") and self._now.get(operator) is call:
                self._now[operator] = {**call, "ticket": number}
                self._put(operator, self._now[operator])


class OperatorPresenceCommands:
    """Does the actions ``login``, ``logout``, ``pause``, ``unpause``, ``state``; each may be done twice.

    Args:
        book: Where it is written.
        members: Knows the operators.
    """

    def __init__(self, book: OperatorPresence, members: QueueMemberSync) -> None:
        self._book = book
        self._members = members

    def register(self, commands: OperatorCommands) -> None:
        """Have the actions done."""
        commands.on("login", _Presence, self._login)
        commands.on("logout", _Presence, self._logout)
        commands.on("pause", _Pause, self._pause)
        commands.on("unpause", _Presence, self._unpause)
        commands.on("state", _Presence, self._state, asks=True)

    async def _login(self, operator: str, command: _Presence) -> Mapping[str, Any]:
        await self._book.come(self._about(operator, command).id)
        return await self._state(operator, command)

    async def _logout(self, operator: str, command: _Presence) -> Mapping[str, Any]:
        await self._book.go(self._about(operator, command).id)
        return await self._state(operator, command)

    async def _pause(self, operator: str, command: _Pause) -> Mapping[str, Any]:
        return await self._paused(operator, command, command.reason)

    async def _unpause(self, operator: str, command: _Presence) -> Mapping[str, Any]:
        return await self._paused(operator, command, "")

    async def _paused(self, operator: str, command: _Presence, why: str) -> Mapping[str, Any]:
        about = self._about(operator, command).id
        if not await self._book.pause(about, why):
            raise _refusal("not-at-work", name=about)
        return await self._state(operator, command)

    async def _state(self, operator: str, command: _Presence) -> Mapping[str, Any]:
        known = self._about(operator, command)
        presence = (await self._book.all()).get(known.id)
        return self._members.state(known, presence)

    def _about(self, operator: str, command: _Presence) -> Operator:
        about = command.operator if operator == WARROOM_OPERATOR else operator
        known = self._members.operators.named(about)
        if known is None:
            raise _refusal("operator-unknown", name=about)
        return known


def _refusal(code: str, **values: object) -> CommandRefusedError:
    return CommandRefusedError(code, words=_REASONS[code], **values)

"""FastAGI scripts of the queues: keep a place, its turn, its call, a missed call."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agi import dialplan
from agi.channel_ids import place_of_channel
from agi.dialplan import ANSWERED, NextAction, finish
from router.masking import mask
from router.phone_numbers import normalise
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.callbacks.missed_calls import MissedCalls
    from agi.callbacks.queue_callbacks import QueueCallbackService
    from agi.fastagi.server import Handler
    from agi.fastagi.session import AgiSession

_log = logging.getLogger(__name__)


class QueueAgiHandlers:
    """Handlers of the FastAGI scripts that the queues use.

    Args:
        calls: Keeps places and calls citizens.
        missed: Schedules callbacks for missed calls.
        phone_of: Returns the number (E.164) that a call's conversation settled to be called, None when it did none.
    """

    def __init__(self, calls: QueueCallbackService, missed: MissedCalls, phone_of: Callable[[str], str | None]) -> None:
        self._calls = calls
        self._missed = missed
        self._phone_of = phone_of

    @property
    def handlers(self) -> dict[str, Handler]:
        """The handlers by script."""
        return {
            dialplan.SCRIPT_KEEP_PLACE: self.keep_place,
            dialplan.SCRIPT_PLACE_TURN: self.turn,
            dialplan.SCRIPT_PLACE_CALLED: self.called,
            dialplan.SCRIPT_MISSED: self.missed,
        }

    def came_in(self, phone: str | None) -> None:
        """Somebody has called and got in."""
        if phone is not None:
            self._calls.came_in(phone)

    def ended(self, uniqueid: str, *, person: bool) -> None:
        """The conversation of a call, placed by us or not, is over; ``person``: a key was pressed."""
        self._calls.spoken.ended(uniqueid, person=person)

    async def keep_place(self, session: AgiSession) -> None:
        """Keep the place of a caller who will hang up; otherwise say the position at which they go on waiting."""
        queue, joined, caller, helpline, urgency = (*session.info.args, *[""] * 5)[:5]
        since, urgent = _whole(joined), _whole(urgency)
        own = normalise(caller)
        phone = self._phone_of(session.info.uniqueid) or (own.e164 if own.callable else None)
        if phone is not None:
            payload = {
                "reason": "queue",
                "helpline": helpline,
                "language": queue.rpartition("-")[2],
                "queue": queue,
                "joined": since,
                "urgency": urgent,
            }
            try:
                if await self._calls.keep(phone, session.info.uniqueid, payload):
                    _log.info("call %s from %s: place kept in %s", session.info.uniqueid, mask(phone), queue)
                    session.notes.note("place-kept", queue=queue)
                    await session.set_variable(dialplan.KEPT, "yes")
                    return
                _log.info("call %s: no place kept: %s was called often today", session.info.uniqueid, mask(phone))
            except StorageUnavailableError as error:
                _log.warning("call %s: no place kept: %s", session.info.uniqueid, error)
        session.notes.note("no-place-kept", queue=queue)
        await session.set_variable(dialplan.POSITION, str(await self._calls.position(queue, since, urgent)))

    async def turn(self, session: AgiSession) -> None:
        """An operator has answered for a place."""
        if (place := place_of_channel(session.info.uniqueid)) is not None:
            await self._calls.turn(place)

    async def called(self, session: AgiSession) -> None:
        """The call of a place's citizen is over; with an answer and no time nobody pressed a key."""
        if (place := place_of_channel(session.info.uniqueid)) is None:
            return
        status, seconds = (*session.info.args, "", "")[:2]
        if status == ANSWERED and not seconds:
            self._calls.silent(place)
        else:
            await self._calls.called(place, spoken=status == ANSWERED)

    async def missed(self, session: AgiSession) -> None:
        """Schedule a callback for a caller who was left unanswered on purpose."""
        caller, trunk = (*session.info.args, "", "")[:2]
        await self._missed.ask(caller, session.info.uniqueid, datetime.now(UTC), trunk)
        await finish(session, NextAction.HANGUP)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0

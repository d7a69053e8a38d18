"""Calls citizens to ask whether help came; never more often than the settings allow, whatever crashes.

A call goes through three committed steps: its work row is **taken** (a lease), **marked** with the id its channel
will have, and only then is it placed; how it ended follows. The citizen's answer itself is committed in the
conversation, and ends the row in the same transaction (``router.tickets.confirmation.hook``). So:

* a crash before the mark: nobody was called; the lease brings the row back.
* a crash after it: whoever takes the row next finds the mark and asks Asterisk whether that channel is up. If it is,
  the citizen is being talked to: wait. If not, the call may have been placed or not: it counts as a try, and the next
  follows only after the usual pause.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from agi.ami.errors import AmiError, AmiRefusedError
from agi.ami.originator import FULL
from agi.callbacks.answered_by import NOBODY_SPOKE
from agi.callbacks.quiet_hours import next_allowed
from agi.callbacks.telephone_reply import number_to_dial
from agi.channel_ids import CALLBACK_CHANNEL
from router.clock import utc_now
from router.masking import mask
from router.model.stages import Stage
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.tickets.confirmation.hook import CONFIRMED_STAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.ivr.state import ConfirmationResult
    from agi.settings import CallSettings
    from router.model.job import Job
    from router.model.ticket import Ticket
    from router.storage.jobs import JobQueue
    from router.tickets.service import TicketService

POLL_INTERVAL_S: Final = 2.0
"""Between two looks for work: nobody waits for a call back to the second, and a look costs one indexed read."""
LEASE_S: Final = 60.0
"""From taking a row to marking it are two reads and a commit."""
CALL_TIMEOUT_S: Final = 600.0
"""A minute of ringing and a conversation of three questions, each asked three times, with details left: five minutes
at most. A citizen put through to an operator is no longer ours to wait for."""
HOLD_S: Final = CALL_TIMEOUT_S + LEASE_S
"""How long a marked row is held: until its call is certainly over and booked."""
RETRY_DELAY_S: Final = 30.0
"""Before looking again at a call that is still up, or that Asterisk cannot be asked about, or whose trunk is full."""
REJECTED_RETRY_DELAY_S: Final = 300.0
"""After Asterisk refused to place a call: an admin must correct its configuration."""
RATE_LIMITED_RETRY_DELAY_S: Final = 3600.0
"""Before asking again whether a number that was called often today may be called."""
EMERGENCY: Final = 1
"""The priority that is called at any hour."""

_HOME: Final = "+91"

_log = logging.getLogger(__name__)


class CallOriginator(Protocol):
    """Places the calls: see `agi.ami.originator.Originator`."""

    @property
    def connected(self) -> bool:
        """Whether Asterisk can be asked."""
        ...

    @property
    def callers(self) -> int:
        """Citizens who have called in and are on a line now."""
        ...

    def is_up(self, channel_id: str) -> bool:
        """Whether a call placed under this id is up."""
        ...

    def talked(self, channel_id: str) -> None:
        """The conversation of a call has come to its end."""

    async def call(self, number: str, ticket: str, channel_id: str, *, limit_s: float) -> str:
        """Call, wait until it is over; return "" when it was answered, else why not."""
        ...


class PlacedCall(Protocol):
    """Records called numbers: see `router.storage.callback_queries.PlacedCalls`."""

    async def often(self, phone: str) -> bool:
        """Whether a number (E.164) has been called as often today as it may be."""
        ...

    async def note(self, phone: str) -> None:
        """A number is about to be called."""
        ...


class ConfirmationCallScheduler:
    """Takes the due jobs of `agi.callbacks.telephone_reply` and places their calls.

    Args:
        desk: Knows the tickets.
        work: The rows, with a lease of `LEASE_S`.
        telephone: Places the calls.
        placed: Records called numbers.
        settings: Hours, tries, pauses, lines.
        held: Whether no calls are to be placed for the moment.
        now: The clock, UTC.
    """

    def __init__(
        self,
        *,
        desk: TicketService,
        work: JobQueue,
        telephone: CallOriginator,
        placed: PlacedCall,
        settings: CallSettings,
        held: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._desk = desk
        self._work = work
        self._telephone = telephone
        self._placed = placed
        self._settings = settings.callbacks
        self._max_calls = settings.max_calls
        self._held = held
        self._now = now
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._words: dict[str, tuple[ConfirmationResult, str]] = {}
        self._silent: set[str] = set()

    async def run(self) -> None:
        """Call until cancelled; calls in progress are then left to their conversations and the next start."""
        try:
            await poll_forever(
                self.look,
                every_s=POLL_INTERVAL_S,
                troubles=(StorageUnavailableError,),
                tell=partial(_log.warning, "no call-backs for the moment: %s"),
            )
        finally:
            for call in self._calls.values():
                call.cancel()
            await asyncio.gather(*self._calls.values(), return_exceptions=True)

    async def close(self) -> None:
        """Write the remaining results of the last conversations; after these end, and before the store is closed."""
        for number in list(self._words):
            try:
                await self._write_word(number)
            except StorageUnavailableError as error:
                _log.error("call-back of %s: the citizen's word is lost, for %s", number, error)

    async def look(self) -> int:
        """Begin what is due and has a line; return how many calls are in progress.

        Raises:
            StorageUnavailableError: it is seen to at the next look.
        """
        for number in list(self._words):
            await self._write_word(number)
        while self._has_line() and (work := await self._work.take()):
            if work.id not in self._calls:  # a clock that was put forward ends leases early
                self._calls[work.id] = asyncio.create_task(self._see_to(work), name=f"call-back {work.key}")
        return len(self._calls)

    def talked(self, channel_id: str, number: str, word: ConfirmationResult | None, *, person: bool) -> None:
        """A conversation has come to its end.

        Args:
            channel_id: Its channel's unique id.
            number: The ticket's.
            word: Result still to be written: an answer the store would not take, or that the citizen was informed.
            person: Whether a key was pressed; else it may have been a voice box.
        """
        self._silent.discard(channel_id)
        if not person:
            self._silent.add(channel_id)
        if word is not None:
            self._words[number] = (word, channel_id)
        self._telephone.talked(channel_id)

    def _has_line(self) -> bool:
        idle = self._max_calls - self._settings.reserved_lines - self._telephone.callers - len(self._calls)
        may_call = self._telephone.connected and not self._held()
        return may_call and len(self._calls) < self._settings.max_concurrent_calls and idle > 0

    async def _see_to(self, work: Job) -> None:
        try:
            await self._step(work)
        except (StorageUnavailableError, AmiError) as error:
            _log.warning("call-back %s: will be seen to later: %s", work.key, error)
        except Exception:  # noqa: BLE001 - one ticket's trouble must not keep the others from their calls
            _log.exception("call-back %s failed, will be seen to later", work.key)
        finally:
            del self._calls[work.id]

    async def _step(self, work: Job) -> None:
        """Do the next action for a row that has just been taken."""
        ticket = await self._desk.asked_about(work.payload["ticket"])
        if ticket is None or ticket.stage not in CONFIRMED_STAGES:
            await self._work.finish(work, "needless")
        elif work.checkpoint:
            await self._find_again(work, ticket)
        elif (number := number_to_dial(ticket)) is None:
            await self._give_up(work, ticket, "there is no number to call")
        elif ticket.priority != EMERGENCY and (due := self._hours()) > self._now():
            await self._work.retry(work, due, "not at night", tried=False)
        elif ticket.priority != EMERGENCY and await self._placed.often(f"{_HOME}{number}"):
            due = self._now() + timedelta(seconds=RATE_LIMITED_RETRY_DELAY_S)
            await self._work.retry(work, due, "called often enough today", tried=False)
        else:
            await self._call(work, ticket, number)

    async def _call(self, work: Job, ticket: Ticket, number: str) -> None:
        channel_id = f"{CALLBACK_CHANNEL}.{ticket.number}.{work.payload['version']}.{work.claims}"
        if not await self._work.checkpoint(work, channel_id, hold_s=HOLD_S):
            return  # the ticket has moved on since it was read
        await self._placed.note(f"{_HOME}{number}")
        _log.info("call-back %s to %s: try %d", work.key, mask(number), work.attempts + 1)
        try:
            why = await self._telephone.call(number, ticket.number, channel_id, limit_s=CALL_TIMEOUT_S)
        except AmiRefusedError as error:
            _log.error("call-back %s: Asterisk refused to place it: %s", work.key, error)
            due = self._now() + timedelta(seconds=REJECTED_RETRY_DELAY_S)
            await self._work.retry(work, due, "refused by Asterisk", tried=False)
            return
        except AmiError as error:  # it may have been placed
            why = str(error)
        if not await self._write_word(ticket.number):
            silent = NOBODY_SPOKE if channel_id in self._silent else "no answer to the question"
            await self._count_attempt(work, why or silent)
        self._silent.discard(channel_id)

    async def _write_word(self, number: str) -> bool:
        """Write the pending result of a conversation, which ends the row; return whether there was one."""
        kept = self._words.get(number)
        if kept is None:
            return False
        word, channel_id = kept
        if word == "told":
            await self._work.end_all(number, word)
        else:
            await self._desk.citizen_answers(number, word, channel_id)
        self._words.pop(number, None)  # a look and the end of the call may both come to write it
        return True

    async def _find_again(self, work: Job, ticket: Ticket) -> None:
        """A call that was marked by a service that died: is it up, or may it have been placed?"""
        if not self._telephone.connected or self._telephone.is_up(work.checkpoint):
            await self._work.checkpoint(work, work.checkpoint, hold_s=RETRY_DELAY_S)
        else:
            _log.warning("call-back %s of %s: the service ended in it: counted as a try", work.key, ticket.number)
            await self._count_attempt(work, "the service ended during the call")

    async def _count_attempt(self, work: Job, why: str) -> None:
        """Count a try, unless the conversation has ended the row meanwhile, or there was no line for it."""
        if why == FULL:
            await self._work.retry(work, self._now() + timedelta(seconds=RETRY_DELAY_S), why, tried=False)
            return
        if work.attempts + 1 < self._settings.max_attempts:
            due = self._now() + timedelta(minutes=self._settings.retry_interval_minutes)
            if await self._work.retry(work, due, why):
                _log.info("call-back %s: %s; again at %s", work.key, why, due.isoformat(timespec="minutes"))
            return
        ticket = await self._desk.asked_about(work.payload["ticket"])
        if ticket is not None:
            await self._give_up(work, ticket, why)

    async def _give_up(self, work: Job, ticket: Ticket, why: str) -> None:
        """Nobody could be reached: a resolved ticket is closed unconfirmed; a rejected one stays as it is."""
        if ticket.stage is Stage.RESOLVED:
            await self._desk.citizen_answers(ticket.number, "unreached", f"{CALLBACK_CHANNEL}.{work.key}")
        await self._work.finish(work, f"unreached: {why}")
        _log.info("call-back %s: nobody was reached: %s", work.key, why)

    def _hours(self) -> datetime:
        return next_allowed(self._now(), self._settings.from_hour, self._settings.until_hour)

"""Turns what calls leave behind into tickets: messages in the spool, and calls whose end was not recorded."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from agi.channel_ids import ticket_of_channel
from router.intake.base import Submission
from router.phone_numbers import normalise
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError, UnreadableDocumentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agi.cdr.call_recovery import CallRecovery
    from recordings.spool import Recording, Spool
    from router.intake.service import IntakeService
    from router.tickets.service import TicketService

_SWEEP_S = 2.0  # a caller's message is with the room within seconds of the hang-up; a scan of an empty folder is free

_BATCH_SIZE = 50  # messages seen to together: they share commits, and 10,000 after a long outage take a minute

_log = logging.getLogger(__name__)


class MessageIngest:
    """Polls the spool and the unfinished calls.

    Args:
        desk: Knows tickets and calls.
        intake: Takes the messages.
        spool: The recordings.
        alive: Returns a test "is the call of this uniqueid still up?", or None while Asterisk cannot be asked.
        cut_calls: Records the end of calls that are over and still unfinished.
    """

    def __init__(
        self,
        *,
        desk: TicketService,
        intake: IntakeService,
        spool: Spool,
        alive: Callable[[], Callable[[str], bool] | None],
        cut_calls: CallRecovery,
    ) -> None:
        self._cut_calls = cut_calls
        self._desk = desk
        self._intake = intake
        self._spool = spool
        self._alive = alive
        self._seen: set[str] = set()
        self._left: set[str] = set()

    async def run(self) -> None:
        """Sweep until cancelled; failures are tried again at the next sweep."""
        await poll_forever(
            self.sweep,
            every_s=_SWEEP_S,
            troubles=(OSError, StorageUnavailableError),
            tell=partial(_log.warning, "sweep of messages failed, will be tried again: %s"),
        )

    async def sweep(self) -> int:
        """Make tickets of all that is finished; return how many calls were seen to.

        Safe to repeat after a crash at any point: tickets are opened by a key, and a recording moves only after
        its ticket is committed.
        """
        is_alive = self._alive()
        recordings = await asyncio.to_thread(self._spool.waiting, is_alive)
        calls = [uniqueid for uniqueid in await self._desk.unfinished_calls() if is_alive and not is_alive(uniqueid)]
        quiet = self._quiet({recording.facts.call for recording in recordings} | set(calls))
        for uniqueid in calls:
            if uniqueid in quiet:
                await self._leave_unreadable(uniqueid, self._cut_calls.recover(uniqueid))
        # after the calls: a message belongs to the ticket its call has
        messages = [recording for recording in recordings if recording.facts.call in quiet]
        for start in range(0, len(messages), _BATCH_SIZE):
            some = messages[start : start + _BATCH_SIZE]
            await asyncio.gather(*(self._leave_unreadable(one.facts.call, self._see_to(one)) for one in some))
        return len(quiet)

    async def _leave_unreadable(self, uniqueid: str, work: Awaitable[None]) -> None:
        """See to one call; where its ticket cannot be read, say so once and leave it: the others wait for theirs."""
        try:
            await work
        except UnreadableDocumentError as trouble:
            if uniqueid not in self._left:
                self._left.add(uniqueid)
                _log.error("call %s is left, at each sweep: %s", uniqueid, trouble)

    async def _see_to(self, recording: Recording) -> None:
        """Give a message its ticket and take it over; one that cannot be taken over does not keep back the others."""
        await self._book_message(recording)
        try:
            await asyncio.to_thread(self._spool.take, recording)
            if recording.facts.conversation and recording.sound:
                seconds, size, sha256 = await asyncio.to_thread(self._spool.measure, recording.facts.name)
                await self._desk.measured(recording.facts.name, seconds=seconds, size=size, sha256=sha256)
        except OSError as error:
            _log.warning("message %s stays in the spool for now: %s", recording.name, error)

    def _quiet(self, uniqueids: set[str]) -> set[str]:
        """The calls that were over at the sweep before too, and of which nothing waits to be written.

        A call that has just ended is still being booked by its own conversation.
        """
        quiet = {uniqueid for uniqueid in uniqueids & self._seen if not self._desk.is_pending(uniqueid)}
        self._seen = uniqueids
        return quiet

    async def _book_message(self, recording: Recording) -> None:
        """Give a message to the ticket its call has, or open one for it."""
        sounds = (recording.facts,) if recording.sound else ()
        if sounds and await self._desk.recording(recording.facts.name):
            return  # a ticket has it: it was only not taken over yet
        if recording.facts.conversation and not sounds:
            return  # nobody answered
        about = ticket_of_channel(recording.facts.call)
        if about is not None:
            text = "" if sounds else "Asked for a person in a call-back and left no message: call back."
            await self._desk.note(about, text, recordings=sounds, by="citizen")
            return
        tickets = await self._desk.tickets_of_call(recording.facts.call)
        if tickets:
            if sounds:
                await self._desk.attach(tickets[-1].service_request_id, recordings=sounds)
            return
        row = await self._desk.call(recording.facts.call)
        sender = normalise(row.phone if row and row.phone else recording.caller)
        if not sounds and not sender.e164:
            return  # nobody spoke and nobody can be called back
        await self._intake.submit(
            Submission(
                source_key=f"file/{recording.name}",
                channel="phone" if recording.facts.conversation else "voicemail",
                helpline=recording.facts.helpline,
                language=recording.facts.language,
                need=row.need if row and row.need else "listen",
                district=row.district if row else None,
                sender=sender,
                status_notes="" if sounds else "hung up before leaving a message: call back",
                recordings=sounds,
                call=recording.facts.call,
            )
        )
        _log.info("message of call %s is a ticket", recording.facts.call)

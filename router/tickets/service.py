"""The ticket service: the only writer of tickets; each change is one transaction with its outbox row and history."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from router.masking import mask
from router.model.calls.call_record import CallRecord
from router.model.rooms.decided_command import digest
from router.tickets.command import Command
from router.tickets.command_handler import handle_command, merged_answers
from router.tickets.confirmation.hook import ask_citizen
from router.tickets.confirmation.merging import asked_about
from router.tickets.confirmation.reply_channel import ReplyChannels
from router.tickets.findings.apply_transcript import apply_transcript
from router.tickets.findings.fill_fields import fill_fields
from router.tickets.forgetting import forget
from router.tickets.lookups import TicketLookups
from router.tickets.notes import UnknownTicketError, attach, note
from router.tickets.opening.idempotency import IdempotencyConflictError
from router.tickets.opening.open_ticket import Addition, add_report, open_ticket
from router.tickets.opening.report import OpenedTicket, Report
from router.tickets.pictures import add_picture
from router.tickets.routing.conditions import Facts
from router.tickets.routing.reloading_rules import ReloadingRules
from router.tickets.sla.escalation import escalate_due
from router.tickets.version_writer import TicketVersionWriter
from router.tickets.workflow import CITIZEN
from router.tickets.write_behind import WriteBehindBuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from router.geo import Places
    from router.model.calls.recording_record import NewRecording, Transcription
    from router.model.picture import NewPicture, Picture
    from router.model.ticket import SlaLimits, Ticket
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.command import ActionName, Changes, CommandReply
    from router.tickets.findings.apply_findings import Settle
    from router.tickets.version_writer import OnChange
    from router.tickets.workflow import Actor

__all__ = ["Answer", "CallRecord", "IdempotencyConflictError", "Report", "TicketService", "UnknownTicketError"]

Answer = Literal["helped", "not-yet", "unreached"]
"""The result of a confirmation call."""

_ACTION_OF: Mapping[Answer, ActionName] = MappingProxyType(
    {"helped": "confirm", "not-yet": "reopen", "unreached": "unreached"}
)

_GATHER_CALLS_S = 0.25  # a call moves on every few seconds: the steps of 500 calls then share four commits a second


class TicketService(TicketLookups):
    """Opens, changes and finds tickets.

    Args:
        store: Open.
        places: Districts, needs and rooms.
        node: The digit this node's numbers begin with.
        rules: Those in force; None: those that come with the program.
        media_url: Says where a ticket's room hears its recordings; the same for the same version.
        replies: How citizens are asked whether help came; None: nobody is.
    """

    def __init__(
        self,
        store: Storage,
        places: Places,
        *,
        node: int,
        rules: ReloadingRules | None = None,
        media_url: Callable[[Ticket], str] = lambda _: "",
        replies: ReplyChannels | None = None,
    ) -> None:
        super().__init__(store, places)
        self._node = node
        self._rules = rules or ReloadingRules(places)
        self._replies = replies or ReplyChannels()
        self._versions = TicketVersionWriter(self._limits, media_url)
        self._versions.on_change(partial(ask_citizen, replies=self._replies))
        self._on_open: list[Callable[[Report], None]] = []
        self._reports: WriteBehindBuffer[Report] = WriteBehindBuffer(self.open, _about_report)
        self._calls: WriteBehindBuffer[CallRecord] = WriteBehindBuffer(
            self._write_call, _about_call, gather_s=_GATHER_CALLS_S
        )

    def on_change(self, hook: OnChange) -> None:
        """Have something written in the same transaction as every version of a ticket: before the first call.

        Args:
            hook: Gets the unit of work, the version before (None: just opened) and the new one; runs in the writer's
                thread, must be quick and safe to run twice. What it raises undoes the change.
        """
        self._versions.on_change(hook)

    def on_open(self, hook: Callable[[Report], None]) -> None:
        """Register a listener for each report whose ticket is committed, opened or joined or known before.

        Args:
            hook: Runs in the event loop, right after the commit; must be quick and raise nothing.
        """
        self._on_open.append(hook)

    async def open(self, report: Report) -> Ticket:
        """Open a ticket or join the one open for the same trouble; returns after the commit.

        The same ``source_key`` again finds its ticket and changes nothing.

        Raises:
            IdempotencyConflictError: the same ``source_key`` said something else before.
            StorageUnavailableError: within the store's limit; nothing was written and no number may be spoken.
            NumbersExhaustedError: this node has no number left.
        """
        return (await self.open_or_join(report)).ticket

    async def open_or_join(self, report: Report) -> OpenedTicket:
        """The same, and says whether the ticket is new."""
        job = partial(open_ticket, report=report, node=self._node, places=self._places, rules=self._rules.rules)
        opened = await self._store.write(partial(job, versions=self._versions), outbox=True)
        self._tell_opened(report)
        return opened

    async def join(
        self, number: str, report: Report, *, note: str = "", changes: Changes | None = None, by: str
    ) -> Ticket:
        """Add a report to the ticket that a person has named; the same ``source_key`` again changes nothing.

        Args:
            number: The ticket's.
            report: The call it came in.
            note: May be empty.
            changes: Fields that are put right.
            by: Who says so.

        Raises:
            UnknownTicketError: no ticket has this number.
            CommandRefusedError: the ticket is closed, or the changes are not possible.
            StorageUnavailableError: nothing was written.
        """
        addition = Addition(number, note, changes, by)
        job = partial(add_report, report=report, addition=addition, places=self._places, versions=self._versions)
        ticket = await self._store.write(job, outbox=True)
        self._tell_opened(report)
        return ticket

    def open_later(self, report: Report) -> None:
        """Keep a report in memory until the store takes it: for callers who are gone, or got no number."""
        self._reports.put(report.source_key, report)

    def is_pending(self, uniqueid: str) -> bool:
        """Whether something of this call is still on its way into the store."""
        return uniqueid in self._calls or any(key.startswith(f"{uniqueid}/") for key in self._reports)

    async def attach(
        self, number: str, *, recordings: tuple[NewRecording, ...] = (), status_notes: str = "", key: str = ""
    ) -> Ticket:
        """Add recordings and a status note; a new version unless the ticket already has them. The key: as of `note`.

        Raises:
            UnknownTicketError: no ticket has this number.
            StorageUnavailableError: nothing was written.
        """
        job = partial(
            attach, number=number, recordings=recordings, status_notes=status_notes, key=key, versions=self._versions
        )
        return await self._store.write(job, outbox=True)

    async def note(
        self, number: str, text: str, *, recordings: tuple[NewRecording, ...] = (), by: str, key: str = ""
    ) -> Ticket:
        """Add a note to a ticket, whatever its stage; the same again changes nothing.

        Args:
            number: The ticket's.
            text: May be empty when there are recordings.
            recordings: With the facts that their rows keep.
            by: Its author: ``citizen`` for a caller.
            key: Its subject; the same key on a ticket again changes nothing, whatever the text.

        Raises:
            UnknownTicketError: no ticket has this number.
            StorageUnavailableError: nothing was written.
        """
        job = partial(note, number=number, text=text, recordings=recordings, by=by, key=key, versions=self._versions)
        return await self._store.write(job, outbox=True)

    async def fill(self, number: str, fields: Mapping[str, object], *, by: str, key: str) -> Ticket:
        """Fill fields of an open ticket that nobody has said yet; what is known stays, and it is routed anew.

        Args:
            number: The ticket's.
            fields: By their names in a ticket.
            by: Who said so: ``citizen``.
            key: Of the message; the same again changes nothing.

        Raises:
            UnknownTicketError: no ticket has this number.
            StorageUnavailableError: nothing was written.
        """
        now, rules = datetime.now(UTC), self._rules.rules
        job = partial(fill_fields, number=number, fields=fields, by=by, key=key, versions=self._versions)
        return await self._store.write(partial(job, places=self._places, rules=rules, now=now), outbox=True)

    async def add_picture(self, number: str, picture: NewPicture) -> Picture:
        """Write down a photograph whose file is there, with a new version of its ticket; a known one changes nothing.

        Raises:
            PictureRefusedError: the ticket has as many as one may have.
            UnknownTicketError: no ticket has this number.
            StorageUnavailableError: nothing was written.
        """
        job = partial(add_picture, number=number, picture=picture, versions=self._versions)
        return await self._store.write(job, outbox=True)

    async def command(self, command: Command, *, actor: Actor) -> CommandReply:
        """Decide a command; the same command again gets the same reply and changes nothing.

        Args:
            command: The command.
            actor: Its author: ``actor_of_room``, ``CITIZEN``, ``CLOCK``, ``WARROOM`` (``router.tickets.workflow``).

        Raises:
            StorageUnavailableError: nothing was decided; the same command may come again.
        """
        job = partial(
            handle_command,
            command=command,
            actor=actor,
            versions=self._versions,
            places=self._places,
            now=datetime.now(UTC),
        )
        return await self._store.write(job, outbox=True)

    async def citizen_answers(self, number: str, answer: Answer, call: str) -> CommandReply:
        """Take a citizen's word on whether help came, or that nobody could be reached; once for each call.

        Args:
            number: The ticket's.
            answer: ``helped`` closes it, ``not-yet`` reopens it one level up, ``unreached`` closes it unconfirmed.
            call: Identifies this answer: the call's uniqueid.

        Returns:
            Refused when the ticket is no longer at a stage where this can be said: it has moved on meanwhile.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        name = digest(f"{number}:{answer}:{call}")
        command = Command(command_id=name, ticket=number, action=_ACTION_OF[answer])
        about = await self.asked_about(number)
        if about is None or about.merged_into is None:
            return await self.command(command, actor=CITIZEN)
        job = partial(merged_answers, command=command, answer=answer, versions=self._versions, places=self._places)
        return await self._store.write(partial(job, replies=self._replies), outbox=True)

    async def asked_about(self, number: str) -> Ticket | None:
        """Return a ticket as its citizen is asked about it: see `router.tickets.confirmation.merging.asked_about`."""
        return await self._store.read(lambda uow: asked_about(uow, number))

    async def escalate(self) -> int:
        """Take some of the tickets whose time has come one level up; returns how many, ``AT_ONCE`` when more may wait.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        job = partial(escalate_due, versions=self._versions, places=self._places)
        return await self._store.write(job, outbox=True)

    async def heard(self, name: str, what: Transcription, *, work: int, settle: Settle | None = None) -> bool:
        """Write a transcript to its recording's row and to its ticket as a new version, and end the job.

        Args:
            name: The recording's file name.
            what: The transcript.
            work: The id of the row of work that was taken for it.
            settle: Says which fields of an open ticket the words settle; they are part of the same version.

        Returns:
            Whether this was new: a recording is heard once, however often the work is done.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        now, rules = datetime.now(UTC), self._rules.rules
        job = partial(
            apply_transcript,
            name=name,
            what=what,
            work=work,
            settle=settle,
            versions=self._versions,
            places=self._places,
        )
        return await self._store.write(partial(job, rules=rules, now=now), outbox=True)

    async def measured(self, name: str, *, seconds: float, size: int, sha256: str) -> None:
        """Write the checksum of a recorded call's file, so that a change is detected.

        Args:
            name: The recording's file name.
            seconds: Its length.
            size: In bytes.
            sha256: Hexadecimal.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        await self._store.write(lambda uow: uow.recordings.measured(name, seconds=seconds, size=size, sha256=sha256))

    async def take_over(
        self, found: Sequence[Ticket], recordings_of: Callable[[Ticket], Sequence[NewRecording]]
    ) -> int:
        """Write tickets as they lie at the broker into a store that has lost them; return how many were new to it.

        Args:
            found: Their newest versions.
            recordings_of: Returns the metadata of a ticket's recordings without their rows.

        Raises:
            StorageUnavailableError: nothing was written.
        """

        def job(uow: UnitOfWork) -> int:
            return sum(self._versions.take_over(uow, ticket, recordings_of(ticket)) for ticket in found)

        return await self._store.write(job)

    async def forget(self, numbers: Sequence[str]) -> int:
        """Remove the person from tickets, which stay for the statistics of needs and places; return from how many.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        job = partial(forget, numbers=numbers, versions=self._versions, replies=self._replies, now=datetime.now(UTC))
        return await self._store.write(job, outbox=True)

    def call_progress(self, call: CallRecord) -> None:
        """Keep the state of a call, written within a moment; returns at once and never fails."""
        self._calls.put(call.uniqueid, call)

    async def close(self) -> None:
        """Write the data still in memory; the log names any that could not be written. Before the store is closed."""
        await self._reports.close()
        await self._calls.close()

    async def _write_call(self, call: CallRecord) -> None:
        await self._store.write(lambda uow: uow.calls.upsert(call))

    def _tell_opened(self, report: Report) -> None:
        for hook in self._on_open:
            hook(report)

    def _limits(self, need: str, priority: int) -> SlaLimits:
        return self._rules.rules.limits(Facts(need, priority))


def _about_report(report: Report) -> str:
    return (
        f"report {report.source_key}: need {report.need}, district {report.district}, PIN {report.zipcode or '-'}, "
        f"phone {mask(report.phone)}, recordings {', '.join(one.name for one in report.recordings) or 'none'}"
    )


def _about_call(call: CallRecord) -> str:
    return f"state of call {call.uniqueid} on {call.helpline} from {mask(call.phone)}"

"""Asks people by WhatsApp whether help came; who cannot be asked there, or does not answer, by the next reply channel.

The message and the job's mark are one commit, so a question is queued once. The answer comes as a message of theirs and
ends the job (`router.tickets.confirmation.hook`); until then the job is looked at again and again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from router.clock import utc_now
from router.intake.whatsapp.graph.reply_channel import CONFIRM, OUTCOME_KEY, person_of
from router.intake.whatsapp.graph.window import is_open
from router.model.messaging.outgoing import DROPPED, FAILED, QUEUED, NewOutgoing
from router.model.stages import Stage
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.storage.jobs import JobQueue
from router.tickets.confirmation.hook import CONFIRMED_STAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.intake.whatsapp.dialogue.wording.outcome import Outcomes
    from router.model.job import Job
    from router.model.ticket import Ticket
    from router.settings_messaging import WhatsAppSettings
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.confirmation.reply_channel import ReplyChannels
    from router.tickets.service import TicketService

POLL_S: Final = 5.0
"""Between two looks: nobody waits for this question."""
LEASE_S: Final = 60.0
"""From taking a job to its result are a read and a commit."""
CHECK_S: Final = 300.0
"""Between two looks at a question that was asked."""
ANSWER_WAIT: Final = timedelta(hours=6)
"""How long a person has for their answer before they are called: they look at their telephone several times a day."""

_log = logging.getLogger(__name__)


class Confirmations:
    """Takes the jobs of `WhatsAppReply`.

    Args:
        store: Has jobs and messages.
        desk: Knows the tickets.
        replies: All reply channels, for those who cannot be asked here.
        outcomes: Makes the messages.
        settings: Templates.
        now: The clock, UTC.
    """

    def __init__(
        self,
        *,
        store: Storage,
        desk: TicketService,
        replies: ReplyChannels,
        outcomes: Outcomes,
        settings: WhatsAppSettings,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._desk = desk
        self._replies = replies
        self._outcomes = outcomes
        self._templates = frozenset(map(str, settings.templates))
        self._now = now
        self._jobs = JobQueue(store, CONFIRM, lease_s=LEASE_S, now=now)

    async def run(self) -> NoReturn:
        """Ask until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_S,
            troubles=(StorageUnavailableError,),
            tell=partial(_log.warning, "questions by WhatsApp wait: %s"),
        )

    async def look(self) -> int:
        """See to all jobs that are due; return how many those were.

        Raises:
            StorageUnavailableError: the others are seen to at the next look.
        """
        seen = 0
        while job := await self._jobs.take():
            seen += 1
            ticket = await self._desk.asked_about(job.payload["ticket"])
            if ticket is None or ticket.stage not in CONFIRMED_STAGES:
                await self._jobs.finish(job, "needless")
            else:
                step = self._follow if job.checkpoint else self._ask
                done = await self._store.write(partial(step, job=job, ticket=ticket))
                _log.info("question about %s: %s", job.key, done)
        return seen

    def _ask(self, uow: UnitOfWork, *, job: Job, ticket: Ticket) -> str:
        """Queue the question, or hand it on; runs in the writer's thread."""
        now, person = self._now(), person_of(uow, ticket)
        purpose = _purpose(ticket)
        if person is None or (person.stopped and purpose == "confirm"):
            return self._hand_on(uow, job, ticket, "nobody to write to")
        if not is_open(person, now) and purpose not in self._templates:
            return self._hand_on(uow, job, ticket, "their window is closed, and there is no template")
        if not uow.jobs.checkpoint(job.id, now.isoformat(), now + timedelta(seconds=CHECK_S)):
            return "needless"  # the ticket has moved on since it was read
        body = self._outcomes.message(person, ticket).model_dump(mode="json")
        new = NewOutgoing(
            "whatsapp", _key(job), purpose, body, person.id, ticket=ticket.number, priority=ticket.priority
        )
        uow.messages_out.add(new, now)
        return "queued"

    def _follow(self, uow: UnitOfWork, *, job: Job, ticket: Ticket) -> str:
        """See what became of a question; runs in the writer's thread."""
        now, key = self._now(), _key(job)
        message = next((one for one in uow.messages_out.of_ticket(ticket.number) if one.key == key), None)
        if message is None or message.state in (FAILED, DROPPED):
            return self._hand_on(uow, job, ticket, "could not be sent")
        if message.state != QUEUED and ticket.stage is Stage.REJECTED:
            uow.jobs.finish(job.id, "told")
            return "told"
        if now - datetime.fromisoformat(job.checkpoint) < ANSWER_WAIT:
            uow.jobs.checkpoint(job.id, job.checkpoint, now + timedelta(seconds=CHECK_S))
            return "waits for the answer"
        uow.messages_out.drop_key("whatsapp", key, "asked by another way", now)
        return self._hand_on(uow, job, ticket, "no answer")

    def _hand_on(self, uow: UnitOfWork, job: Job, ticket: Ticket, why: str) -> str:
        if uow.jobs.finish(job.id, f"handed on: {why}"):
            self._replies.hand_on(uow, ticket, job, self._now())
        return f"handed on: {why}"


def _key(job: Job) -> str:
    return f"{OUTCOME_KEY}{job.key}"


def _purpose(ticket: Ticket) -> str:
    """Being told why it is rejected is the answer to what they asked; being asked is our own wish."""
    return "answer" if ticket.stage is Stage.REJECTED else "confirm"

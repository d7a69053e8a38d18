"""How citizens are asked whether help came, or informed why a ticket was rejected: a `ReplyChannel` for each way.

The question is a durable job, written in the transaction that makes it needful. A channel's own worker takes the jobs
of its kind (`router.storage.jobs.JobQueue`), asks about the ticket as `TicketService.asked_about` has it, and hands the
citizen's word to `TicketService.citizen_answers`, which ends the job in its own transaction.

The ticket's number is no matter of these channels: whoever submits is told it at once, by the `Receipt`
(`router.intake.base`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.job import Job
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork


class ReplyChannel(Protocol):
    """A way to ask a citizen; `warroom.services.reply_channels` lists them."""

    @property
    def job_kind(self) -> str:
        """The kind of its jobs, which no other worker takes; keys are ``<ticket>/<version>``."""
        ...

    def reaches(self, ticket: Ticket) -> bool:
        """Whether the ticket's citizen may be asked this way, and can be. Pure: runs in the store's threads."""
        ...


class ReplyChannels:
    """The channels of a node. What gets a unit of work runs in the writer's thread, in the caller's transaction.

    Args:
        channels: First choice first. The last one also gets the tickets whose citizen none of them reaches, and ends
            them as unreached.
    """

    def __init__(self, *channels: ReplyChannel) -> None:
        self._channels = channels

    def reach(self, ticket: Ticket) -> bool:
        """Whether there is a way to the ticket's citizen."""
        return any(channel.reaches(ticket) for channel in self._channels)

    def ask(self, uow: UnitOfWork, ticket: Ticket, about: Ticket) -> None:
        """Have the citizen of a ticket asked, once for each version of its subject.

        Args:
            uow: Of the transaction.
            ticket: Whose citizen.
            about: What became of it: the same ticket, or the one that it goes on in.
        """
        for channel in self._channels:
            if channel.reaches(ticket) or channel is self._channels[-1]:
                payload = {"ticket": ticket.number, "version": about.version}
                key = f"{ticket.number}/{about.version}"
                due = about.updated_datetime
                uow.jobs.add(channel.job_kind, key, payload, due, ticket.priority)
                return

    def hand_on(self, uow: UnitOfWork, ticket: Ticket, job: Job, due: datetime) -> None:
        """Have a citizen asked by the next channel that reaches them, since the one that took the job could not.

        Args:
            uow: Of the transaction, in which that channel ends its job.
            ticket: Whose citizen.
            job: The job of the channel that could not; not the last channel's.
            due: Not before this moment; aware.
        """
        kinds = [channel.job_kind for channel in self._channels]
        others = self._channels[kinds.index(job.kind) + 1 :]
        chosen = next((channel for channel in others if channel.reaches(ticket)), self._channels[-1])
        uow.jobs.add(chosen.job_kind, job.key, job.payload, due, job.priority)

    def withdraw(self, uow: UnitOfWork, number: str, outcome: str) -> None:
        """Take back whatever is still to be asked about a ticket.

        Args:
            uow: Of the transaction.
            number: The ticket's.
            outcome: Why, as the job's row keeps it.
        """
        for channel in self._channels:
            uow.jobs.cancel_all(channel.job_kind, number, outcome)

"""A desk, a clock and a made-up telephone, for tests of confirmation calls."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from agi.callbacks.confirmation_calls import HOLD_S, LEASE_S, ConfirmationCallScheduler
from agi.settings import CallbackSettings, CallSettings
from router.model.job import ORIGINATE
from router.storage.callback_queries import PlacedCalls
from router.storage.jobs import JobQueue
from router.storage.schema import jobs
from router.tickets.command import Command
from router.tickets.workflow import WARROOM, actor_of_room
from tests.support.stores import report

if TYPE_CHECKING:
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

PHONE, DIGITS = "+919812343210", "9812343210"
BHOPAL_ROOM = actor_of_room("district-bhopal")
PAUSE = timedelta(minutes=60)
SETTINGS = CallSettings(callbacks=CallbackSettings(retry_interval_minutes=60, max_attempts=3, reserved_lines=0))


class Crash(BaseException):
    """The service is killed here."""


class Telephone:
    """Notes what it is to call, and lets a test say what the citizen does."""

    def __init__(self) -> None:
        self.connected = True
        self.callers = 0
        self.called: list[tuple[str, str, str]] = []
        self.up: set[str] = set()
        self.does: Any = None
        self.over: list[str] = []

    def is_up(self, channel_id: str) -> bool:
        return channel_id in self.up

    def talked(self, channel_id: str) -> None:
        self.over.append(channel_id)

    async def call(self, number: str, ticket: str, channel_id: str, *, limit_s: float) -> str:
        assert limit_s < HOLD_S
        self.called.append((number, ticket, channel_id))
        if self.does is None:
            return "no answer"
        return str(await self.does(ticket, channel_id) or "")


class CallbackHarness:
    """A desk, a telephone and a clock; `start` begins a service anew, as after a crash."""

    def __init__(self, store: Storage, desk: TicketService) -> None:
        self.store, self.desk = store, desk
        self.telephone = Telephone()
        self.clock = datetime(2030, 4, 1, 6, tzinfo=UTC)  # half past eleven in India; later than any real "due"
        self.start()

    def start(self, settings: CallSettings = SETTINGS) -> None:
        rows = JobQueue(self.store, ORIGINATE, lease_s=LEASE_S, now=lambda: self.clock)
        self.caller = ConfirmationCallScheduler(
            desk=self.desk,
            work=rows,
            telephone=self.telephone,
            placed=PlacedCalls(self.store, settings.callbacks.limits.max_per_number_per_day, lambda: self.clock),
            settings=settings,
            now=lambda: self.clock,
        )

    async def look(self) -> None:
        """One look, and all it began to its end."""
        await self.caller.look()
        await asyncio.gather(*self.caller._calls.values(), return_exceptions=True)

    async def resolved(self, **changes: object) -> Ticket:
        ticket = await self.desk.open(report("1.1/1", **{"phone": PHONE, **changes}))
        return await self.command(ticket, "resolve")

    async def rejected(self) -> Ticket:
        ticket = await self.desk.open(report("1.1/1", phone=PHONE))
        await self.command(ticket, "propose-reject", note="nobody there", reason="not-found")
        reply = await self.desk.command(
            Command(command_id="judge", ticket=ticket.number, action="accept-reject"), actor=WARROOM
        )
        assert reply.accepted, reply
        return await self.of(ticket.number)

    async def command(self, ticket: Ticket, action: Any, **more: Any) -> Ticket:
        command = Command(command_id=f"{action}-{self.clock:%d%H%M}", ticket=ticket.number, action=action, **more)
        reply = await self.desk.command(command, actor=BHOPAL_ROOM)
        assert reply.accepted, reply
        return await self.of(ticket.number)

    async def of(self, number: str) -> Ticket:
        ticket = await self.desk.ticket(number)
        assert ticket is not None
        return ticket

    async def row(self) -> Any:
        query = sa.select(jobs.c.attempts, jobs.c.checkpoint, jobs.c.outcome, jobs.c.ended, jobs.c.due).order_by(
            jobs.c.id.desc()
        )
        return await self.store.read(lambda uow: uow.connection.execute(query).first())

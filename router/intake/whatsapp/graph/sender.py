"""Sends what is queued for WhatsApp: at least once, in order for each person, as fast as Meta allows.

A message is taken for a while (a lease), sent, and its result written. Killed in between, it is sent again: Meta has no
idempotency key. So what is sent twice says the same twice.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

from pydantic import ValidationError

from router.clock import utc_now
from router.intake.whatsapp.graph.errors import TREATMENTS, ErrorKind, GraphError, Then
from router.intake.whatsapp.graph.payload import READ_BODY, Template, make_payload
from router.intake.whatsapp.graph.window import is_open, template_of
from router.messaging.leased_work import LeasedWork
from router.retry import Backoff
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.intake.whatsapp.dialogue.replies import ReplyBody
    from router.intake.whatsapp.graph.accounts import GraphAccounts
    from router.intake.whatsapp.graph.budget import Budget
    from router.intake.whatsapp.graph.pace import Pace
    from router.intake.whatsapp.graph.refusals import Refusals
    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.messaging.person import ChatPerson
    from router.settings_messaging import WhatsAppSettings
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

POLL_S: Final = 0.25
"""Between two looks for messages: a person who waits for an answer does not notice it; a look is one indexed read."""
LEASE_S: Final = 60.0
"""From taking a message to writing its result: a turn, a request of ten seconds at most, a commit."""
AT_ONCE: Final = 24
"""Requests at once: with Meta's answer after 0.3 s that is 80 messages a second, a number's limit."""
MAX_ATTEMPTS: Final = 8
"""Tries of one message where it is not the number that is at fault: some ten minutes."""
_FIRST_RETRY_S: Final = 2.0
_LONGEST_RETRY_S: Final = 300.0
_SPREAD: Final = 0.3
_STORE_S: Final = 1.0
"""Before a result is written again that the store would not take."""
_STORE_TRIES: Final = 30
_ONLY_ANSWERS: Final = frozenset({"confirm", "notice"})
"""Purposes that are not sent to people who said stop."""

_log = logging.getLogger(__name__)


class OtherWay(Protocol):
    """Tells a person by another way what could not be sent; in the transaction in which the message is given up."""

    def __call__(self, uow: UnitOfWork, message: OutgoingMessage, person: ChatPerson, /) -> None:
        """Queue it there, if there is one."""


class MessageSender:
    """Takes messages and sends them.

    Args:
        store: Has the queue.
        accounts: A client for each of our numbers.
        settings: Templates.
        pace: Of the accounts.
        budget: Of the day.
        refusals: Notes what an admin has to see to.
        other_way: For those who cannot be reached by WhatsApp.
        now: The clock, UTC.
    """

    def __init__(
        self,
        *,
        store: Storage,
        accounts: GraphAccounts,
        settings: WhatsAppSettings,
        pace: Pace,
        budget: Budget,
        refusals: Refusals,
        other_way: OtherWay,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._settings = settings
        self._pace = pace
        self._budget = budget
        self._refusals = refusals
        self._other_way = other_way
        self._now = now
        self._work = LeasedWork(
            self._take,
            self._send,
            at_once=AT_ONCE,
            every_s=POLL_S,
            item="message",
            waits="messages of WhatsApp wait: %s",
            log=_log,
        )

    async def run(self) -> NoReturn:
        """Send until cancelled; what is under way then is sent again at the next start, once its lease is over."""
        await self._work.run()

    async def look(self) -> int:
        """Begin with what is due; return how many messages are under way.

        Raises:
            StorageUnavailableError: it is seen to at the next look.
        """
        return await self._work.look()

    async def _take(self) -> OutgoingMessage | None:
        now, resting = self._now(), self._pace.resting()
        if not await self._store.read(lambda uow: uow.messages_out.is_due("whatsapp", now, resting)):
            return None
        await self._budget.recount(self._store, now)
        return await self._store.write(lambda uow: uow.messages_out.claim("whatsapp", now, LEASE_S, resting=resting))

    async def _send(self, message: OutgoingMessage) -> None:
        person = await self._store.read(lambda uow: uow.chat_people.find(message.person or 0))
        if person is None:
            await self._write(lambda uow: uow.messages_out.drop(message.id, "the person was forgotten", self._now()))
            return
        if why := self._why_not(message, person):
            await self._write(lambda uow: uow.messages_out.drop(message.id, why, self._now()))
            return
        if person.account in self._pace.resting():  # since it was taken
            await self._later(message, 0.0, "", counted=False)
            return
        if wait_s := self._pace.wait_s(person.id):
            await self._later(message, wait_s, "", counted=False)
            return
        try:
            body = READ_BODY.validate_python(dict(message.body))
        except ValidationError:
            await self._give_up(message, person, "a body that cannot be read")
            self._refusals.note(message.purpose, "a body that cannot be read")
            return
        chosen = body if is_open(person, self._now()) else template_of(message, body, self._settings)
        if chosen is None:
            await self._give_up(message, person, "the window is closed, and there is no template")
            return
        await self._post(message, person, body, chosen)

    def _why_not(self, message: OutgoingMessage, person: ChatPerson) -> str:
        """Return why a message is not sent, by our own decision."""
        if person.stopped and message.purpose in _ONLY_ANSWERS:
            return "the person said stop"
        return "" if self._budget.allows(message.purpose) else "the day's budget is used up"

    async def _post(
        self, message: OutgoingMessage, person: ChatPerson, body: ReplyBody, chosen: ReplyBody | Template
    ) -> None:
        try:
            client = self._accounts.client(person.account)
            await self._pace.turn(person.account)
            wamid = await client.send(person.account, make_payload(person, chosen))
        except GraphError as error:
            _log.warning("message %d: %s, %s", message.id, error.kind, error)
            await self._refused(message, person, body, chosen, error)
            return
        self._pace.went_through(person.account)
        self._refusals.went_through(message.purpose)
        self._budget.used += 1
        await self._write(lambda uow: uow.messages_out.sent(message.id, wamid, self._now()))

    async def _refused(
        self,
        message: OutgoingMessage,
        person: ChatPerson,
        body: ReplyBody,
        chosen: ReplyBody | Template,
        error: GraphError,
    ) -> None:
        treatment = TREATMENTS[error.kind]
        self._pace.failed(person.account, error.kind, str(error), error.retry_after_s)
        match treatment.then:
            case Then.KEEP:
                await self._keep(message, person, error)
            case Then.AGAIN if message.attempts < MAX_ATTEMPTS:
                await self._later(message, error.retry_after_s or _pause(message.attempts), str(error), counted=True)
            case Then.TEMPLATE if not isinstance(chosen, Template) and (
                template := template_of(message, body, self._settings)
            ):
                await self._post(message, person, body, template)
            case _:
                if treatment.alert:
                    self._refusals.note(message.purpose, str(error))
                await self._give_up(message, person, str(error))

    async def _keep(self, message: OutgoingMessage, person: ChatPerson, error: GraphError) -> None:
        """Leave it in the queue: the account rests, or this person does."""
        wait_s = 0.0
        if error.kind is ErrorKind.PERSON_RATE:
            wait_s = error.retry_after_s or _pause(message.attempts)
            self._pace.person_rests(person.id, wait_s)
        await self._later(message, wait_s, str(error), counted=error.kind is ErrorKind.PERSON_RATE)

    async def _later(self, message: OutgoingMessage, wait_s: float, why: str, *, counted: bool) -> None:
        due = self._now() + timedelta(seconds=wait_s)
        await self._write(lambda uow: uow.messages_out.retry(message.id, due, why, counted=counted))

    async def _give_up(self, message: OutgoingMessage, person: ChatPerson, why: str) -> None:
        def ended(uow: UnitOfWork) -> None:
            if uow.messages_out.failed(message.id, why, self._now()):
                self._other_way(uow, message, person)

        await self._write(ended)

    async def _write(self, job: Callable[[UnitOfWork], object]) -> None:
        """Write a result; the store may be away for a moment, and what is not written is sent twice."""
        for left in reversed(range(_STORE_TRIES)):
            try:
                await self._store.write(job)
            except StorageUnavailableError:
                if not left:
                    raise
                await asyncio.sleep(_STORE_S)
            else:
                return


def _pause(attempts: int) -> float:
    """Return how long to wait after so many attempts."""
    backoff = Backoff(_FIRST_RETRY_S, _LONGEST_RETRY_S, jitter=_SPREAD)
    for _ in range(min(attempts, MAX_ATTEMPTS) - 1):
        backoff.next_s()
    return backoff.next_s()

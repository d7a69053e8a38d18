"""Sends the queue to the provider: no message twice, where that is in our hands.

Providers have no key by which a repetition is known, so that a message is handed over once. It is taken from the queue
in a commit of its own; whoever finds it taken and not written off (the process died in between) cannot know whether
the provider has it. Such a message, and one whose answer was lost, ends as ``failed`` with `MAYBE`; a delivery report
that brings back our reference still makes it ``delivered``. What was certainly not taken is sent again, for as long as
it takes; then the whole queue waits, since it is the provider that is away.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from router.clock import utc_now
from router.intake.sms.in_force import PROVIDER_SECRET
from router.intake.sms.provider.request import Message, make_request
from router.intake.sms.provider.templates import TELEPHONE
from router.intake.sms.sending.client import Fate, Outcome, hand_over, make_client
from router.intake.sms.sending.queue import ACCOUNT, CHANNEL, EMERGENCY, WAITS_FOR_DAY, is_mobile, language_of
from router.intake.sms.sending.reference import reference_of
from router.masking import mask
from router.polling import poll_forever
from router.retry import Backoff, retry
from router.storage.errors import StorageUnavailableError
from router.tickets.confirmation.hook import CONFIRMED_STAGES
from router.tickets.confirmation.merging import asked_about

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import httpx

    from router.intake.sms.in_force import SmsInForce
    from router.intake.sms.provider.schema import SmsMap
    from router.intake.sms.provider.templates import Template
    from router.model.messaging.outgoing import OutgoingMessage
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

T = TypeVar("T")

POLL_INTERVAL_S: Final = 1.0
"""A citizen who has hung up looks at the telephone within seconds."""
LEASE_S: Final = 120.0
"""From taking a message to writing its fate: 25 s for the provider, the rest for a store that is locked."""
AT_ONCE: Final = 8
"""Messages on their way at the same time: one every 25 ms where the provider answers within 200 ms."""
RETRY_DELAY_S: Final = 1.0
"""Before the fate of a message is written again, when the store would not take it."""
INITIAL_BACKOFF_S: Final = 5.0
MAX_BACKOFF_S: Final = 300.0
"""While the provider is away or busy: one that is back is found within five minutes."""
ACCOUNT_RETRY_DELAY_S: Final = 300.0
"""After it has refused the account: an admin must mend that; a changed map or secret is tried at once."""
STOP_TIMEOUT_S: Final = 5.0
"""For the answers to what has been sent when the process ends; without them nobody would know."""
MAX_AGE: Final = timedelta(days=1)
"""A ticket's number or an answer that comes days later only puzzles; the alert has told of the provider long before."""
SWEEP_INTERVAL: Final = timedelta(minutes=1)
FAILED_TRIES: Final = 3
"""In a row before the provider counts as away."""
MAYBE: Final = "may have been sent"
"""Begins the error of a message of which nothing more can be known."""
_log = logging.getLogger(__name__)


class SmsSender:
    """The worker.

    Args:
        store: Has the queue.
        in_force: The provider.
        next_allowed: The first moment from a given one at which citizens may be written to unasked.
        transport: Of httpx; None: TCP.
        now: The clock, UTC.

    Attributes:
        trouble: Why the provider takes nothing; empty while it does.
    """

    def __init__(
        self,
        store: Storage,
        in_force: SmsInForce,
        next_allowed: Callable[[datetime], datetime],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._in_force = in_force
        self._next_allowed = next_allowed
        self._transport = transport
        self._now = now
        self._backoff = Backoff(INITIAL_BACKOFF_S, MAX_BACKOFF_S, jitter=0.2)
        self._not_before = datetime.min.replace(tzinfo=UTC)
        self._tried_with: object = None
        self._failures = 0
        self._unanswered = set[datetime]()
        self._sweep = self._not_before
        self.trouble = ""

    async def run(self) -> NoReturn:
        """Send until cancelled."""
        async with make_client(self._transport) as client:
            await poll_forever(
                lambda: self.look(client),
                every_s=POLL_INTERVAL_S,
                troubles=(StorageUnavailableError,),
                tell=partial(_log.warning, "no SMS is sent for the moment: %s"),
            )

    async def look(self, client: httpx.AsyncClient) -> int:
        """Send what is due; return how many messages were taken from the queue.

        Raises:
            StorageUnavailableError: the next look goes on.
        """
        sms, secret = self._in_force.sms, self._in_force.secret(PROVIDER_SECRET)
        if (sms, secret) != self._tried_with:
            self._tried_with, self._failures, self.trouble = (sms, secret), 0, ""
            self._not_before = datetime.min.replace(tzinfo=UTC)
        await self._drop_old()
        taken = 0
        while sms is not None and secret and self._now() >= self._not_before:
            claimed = await self._claim(AT_ONCE if not self._failures else 1)
            await self._see_to_all(client, sms, secret, claimed)
            taken += len(claimed)
            if not claimed:
                break
        return taken

    async def _see_to_all(
        self, client: httpx.AsyncClient, sms: SmsMap, secret: str, claimed: Sequence[OutgoingMessage]
    ) -> None:
        """See to messages at once; when the process is to end, wait for the answers to what has been sent."""
        sending = asyncio.gather(*(self._see_to(client, sms, secret, message) for message in claimed))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait({sending}, timeout=STOP_TIMEOUT_S)
            raise

    async def _drop_old(self) -> None:
        """Drop what has waited for too long, once a minute."""
        if self._now() < self._sweep:
            return
        self._sweep = self._now() + SWEEP_INTERVAL
        before, why = self._now() - MAX_AGE, "waited for more than a day"
        dropped = await self._store.write(lambda uow: uow.messages_out.drop_old(CHANNEL, before, why, self._now()))
        if dropped:
            _log.warning("%d SMS were dropped: they had waited for more than a day", dropped)

    async def _claim(self, count: int) -> list[OutgoingMessage]:
        """Take messages. A claim whose commit was not answered may have been kept: it is undone before the next.

        Raises:
            StorageUnavailableError: nobody has any message in hand.
        """
        await self._undo_claims()
        now = self._now()

        def job(uow: UnitOfWork) -> list[OutgoingMessage]:
            found: list[OutgoingMessage] = []
            while len(found) < count and (one := uow.messages_out.claim(CHANNEL, now, LEASE_S)):
                found.append(one)
            return found

        try:
            return await self._store.write(job)
        except StorageUnavailableError:
            self._unanswered.add(now)
            raise
        except asyncio.CancelledError:
            self._unanswered.add(now)
            await self._undo_claims()
            raise

    async def _undo_claims(self) -> None:
        moments = tuple(moment + timedelta(seconds=LEASE_S) for moment in self._unanswered)
        if moments:
            await self._store.write(partial(_release, moments=moments, now=self._now()))
            self._unanswered.clear()

    async def _see_to(self, client: httpx.AsyncClient, sms: SmsMap, secret: str, message: OutgoingMessage) -> None:
        if message.attempts > 1:
            await self._fail(message, f"{MAYBE}: the program ended, or the store was away, while it was sent")
            return
        obstacle = await self._persistently(lambda: self._store.read(partial(_obstacle, message=message)))
        template = _template_of(sms, message)
        if obstacle or template is None:
            why = obstacle or f"no template {message.body.get('template')!r}"
            await self._write(lambda uow: uow.messages_out.drop(message.id, why, self._now()))
            return
        if message.purpose in WAITS_FOR_DAY and message.priority != EMERGENCY:
            due = self._next_allowed(self._now())
            if due > self._now():
                await self._put_back(message, due, "not at night")
                return
        await self._send(client, sms, secret, message, template)

    async def _send(
        self, client: httpx.AsyncClient, sms: SmsMap, secret: str, message: OutgoingMessage, template: Template
    ) -> None:
        values = {TELEPHONE: sms.provider.replies_to, **_values_of(message)}
        try:
            what = Message(message.to, template, values, reference_of(message), self._in_force.report_url())
            request = make_request(sms, secret, what)
        except KeyError as error:
            await self._fail(message, f"template {template.name!r} has no value for {error.args[0]!r}")
            return
        outcome = await hand_over(client, request, sms.answer)
        await self._write_fate(message, outcome)
        if outcome.fate is Fate.TAKEN:
            _log.info("SMS %d (%s) to %s: sent", message.id, message.purpose, mask(message.to))
        else:
            _log.warning("SMS %d (%s) to %s: %s", message.id, message.purpose, mask(message.to), outcome.why)
        self._pause_after(outcome)

    async def _write_fate(self, message: OutgoingMessage, outcome: Outcome) -> None:
        if outcome.fate is Fate.TAKEN:
            await self._write(lambda uow: uow.messages_out.sent(message.id, outcome.provider_id, self._now()))
        elif outcome.fate is Fate.REFUSED:
            await self._fail(message, outcome.why)
        elif outcome.fate is Fate.UNKNOWN:
            await self._fail(message, f"{MAYBE}: {outcome.why}")
        else:
            await self._put_back(message, self._now(), outcome.why)

    def _pause_after(self, outcome: Outcome) -> None:
        """Let the queue wait after an answer that says nothing of this one message."""
        if outcome.fate in (Fate.TAKEN, Fate.REFUSED):
            self._backoff.reset()
            self._failures, self.trouble = 0, ""
            return
        self._failures += 1
        if outcome.fate is Fate.ACCOUNT:
            pause_s = ACCOUNT_RETRY_DELAY_S
            self.trouble = f"the provider refuses the account: {outcome.why}"
        else:
            pause_s = max(self._backoff.next_s(), outcome.wait_s)
            if self._failures >= FAILED_TRIES:
                self.trouble = f"the provider takes no messages: {outcome.why}"
        self._not_before = max(self._not_before, self._now() + timedelta(seconds=pause_s))

    async def _put_back(self, message: OutgoingMessage, due: datetime, why: str) -> None:
        await self._write(lambda uow: uow.messages_out.retry(message.id, due, why, counted=False))

    async def _fail(self, message: OutgoingMessage, why: str) -> None:
        await self._write(lambda uow: uow.messages_out.failed(message.id, why, self._now()))

    async def _write(self, job: Callable[[UnitOfWork], object]) -> None:
        await self._persistently(lambda: self._store.write(job))

    async def _persistently(self, action: Callable[[], Awaitable[T]]) -> T:
        """Ask the store until it answers: a message whose fate is forgotten would be one that may have been sent."""
        return await retry(
            action,
            delay_s=RETRY_DELAY_S,
            troubles=(StorageUnavailableError,),
            tell=lambda error: _log.warning("an SMS waits for the store: %s", error),
        )


def _release(uow: UnitOfWork, *, moments: Sequence[datetime], now: datetime) -> None:
    for moment in moments:
        uow.messages_out.release(CHANNEL, moment, now)


def _obstacle(uow: UnitOfWork, *, message: OutgoingMessage) -> str:
    """Why a message is not to be sent any more; empty when it is."""
    if not is_mobile(message.to):
        return "not to a mobile number in India"
    person = uow.chat_people.by_user(CHANNEL, ACCOUNT, message.to)
    if person is not None and person.stopped and message.purpose != "answer":
        return "the citizen said stop"
    if message.purpose == "confirm":
        ticket = asked_about(uow, message.ticket)
        if ticket is None or ticket.stage not in CONFIRMED_STAGES:
            return "the ticket has moved on"
    return ""


def _template_of(sms: SmsMap, message: OutgoingMessage) -> Template | None:
    return sms.template(str(message.body.get("template")), language_of(str(message.body.get("language"))))


def _values_of(message: OutgoingMessage) -> dict[str, str]:
    values = message.body.get("values")
    return {str(name): str(value) for name, value in values.items()} if isinstance(values, dict) else {}

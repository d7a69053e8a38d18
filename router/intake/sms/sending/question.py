"""Asks by text whether help came, when the confirmation call was not answered.

The call comes first: it is heard by those who do not read, is answered by a key, and leads to a person. Who does not
take a call from an unknown number may still read; so the text follows the first call in vain, and the further calls
go on beside it until one of both is answered. Without a call there is no text: who wants no call at a number does not
want to be written to there either.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from router.clock import utc_now
from router.intake.sms.sending.queue import CHANNEL, about_ticket, is_mobile
from router.model.job import ORIGINATE
from router.model.messaging.outgoing import DROPPED
from router.model.stages import Stage
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.tickets.confirmation.merging import asked_about

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from router.geo import Places
    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

POLL_INTERVAL_S: Final = 10.0
"""The next call follows after an hour."""
ASKS: Final = "did-help-come"
"""The template with the question."""
TEMPLATES: Final = {Stage.RESOLVED: ASKS, Stage.REJECTED: "rejected"}
MAY_ANSWER: Final = frozenset({Stage.RESOLVED, Stage.UNCONFIRMED})
"""An answer still counts when the ticket was closed meanwhile because nobody had answered."""
ANSWER_WITHIN: Final = timedelta(days=3)
"""So long after that; what is written later is no answer any more, but something new."""
_LOOKED_AT: Final = 20
"""Newest tickets of a telephone among which its question is."""

_log = logging.getLogger(__name__)


class SmsQuestions:
    """Queues the questions.

    Args:
        store: Has calls and queue.
        places: Names.
        wanted: Whether there is a provider.
        now: The clock, UTC.
    """

    def __init__(
        self, store: Storage, places: Places, wanted: Callable[[], bool], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._places = places
        self._wanted = wanted
        self._now = now
        self._seen: set[str] = set()

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_INTERVAL_S,
            troubles=(StorageUnavailableError,),
            tell=partial(_log.warning, "nobody is asked by SMS for the moment: %s"),
        )

    async def look(self) -> int:
        """Queue what is to be asked; return how many messages are new.

        Raises:
            StorageUnavailableError: the next look goes on.
        """
        if not self._wanted():
            return 0
        jobs = await self._store.read(lambda uow: uow.jobs.open_jobs(ORIGINATE))
        tried = {key for key, job in jobs.items() if job.attempts}
        self._seen &= tried
        new = sorted(tried - self._seen)
        return await self._store.write(partial(self._ask, keys=new)) if new else 0

    def _ask(self, uow: UnitOfWork, *, keys: list[str]) -> int:
        """Runs in the writer's thread."""
        queued = 0
        for key in keys:
            ticket = asked_about(uow, key.partition("/")[0])
            template = TEMPLATES.get(ticket.stage) if ticket else None
            if ticket is None or template is None or ticket.phone is None or not is_mobile(ticket.phone):
                self._seen.add(key)
            elif template != ASKS or not any(one.number != ticket.number for one in open_questions(uow, ticket.phone)):
                message = about_ticket(
                    ticket, self._places, to=ticket.phone, template=template, purpose="confirm", key=f"confirm/{key}"
                )
                queued += uow.messages_out.add(message, self._now())
                self._seen.add(key)
        return queued


def open_questions(
    uow: UnitOfWork, phone: str, stages: Collection[Stage] = (Stage.RESOLVED,), since: datetime | None = None
) -> list[Ticket]:
    """Return the tickets about which a citizen (E.164) has been asked by text, newest first, resolved ones first.

    One at most is resolved, for the next question waits: so that a plain "1" is about one ticket.

    Args:
        uow: Of the transaction.
        phone: The citizen's.
        stages: Those at which a ticket still waits for its answer.
        since: Tickets that are not resolved any more, and have not changed since then, wait no longer.
    """
    found = []
    for ticket in uow.tickets.all_of_phone(phone, _LOOKED_AT):
        about = asked_about(uow, ticket.number)
        if about is None or about.stage not in stages:
            continue
        lately = about.stage is Stage.RESOLVED or since is None or about.updated_datetime >= since
        if lately and any(map(_asks, uow.messages_out.of_ticket(ticket.number))):
            found.append(about)
    return sorted(found, key=lambda ticket: ticket.stage is not Stage.RESOLVED)


def _asks(message: OutgoingMessage) -> bool:
    return message.channel == CHANNEL and message.body.get("template") == ASKS and message.state != DROPPED

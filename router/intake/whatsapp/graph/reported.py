"""Messages that Meta took and later reports as failed: sent once more, or their person is told by another way.

The report comes by the webhook, which only writes it down. Whatever is done here is done by a key: seen twice, as after
a restart, it is done once.
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from router.clock import utc_now
from router.intake.whatsapp.graph.errors import TREATMENTS, Then, kind_of
from router.intake.whatsapp.graph.reply_channel import OUTCOME_KEY
from router.model.messaging.outgoing import NewOutgoing
from router.notices.messages import holds
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.intake.whatsapp.graph.pace import Pace
    from router.intake.whatsapp.graph.refusals import Refusals
    from router.intake.whatsapp.graph.sender import OtherWay
    from router.model.messaging.outgoing import FailedMessage
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

POLL_S: Final = 5.0
"""Between two looks: Meta itself tries for seconds to hours before it reports a failure."""
LOOK_BACK: Final = timedelta(hours=1)
"""At the start: reports of before, which the process before this one may not have seen."""
AGAIN: Final = "/again"
"""Ends the key of a message that is sent once more."""
_COUNT: Final = 200
_CODE: Final = re.compile(r"\d{1,9}")

_log = logging.getLogger(__name__)


class ReportedFailures:
    """Sees to them.

    Args:
        store: Has the messages.
        pace: Is told what keeps an account from sending.
        refusals: Notes what an admin has to see to.
        other_way: For those who cannot be reached by WhatsApp.
        now: The clock, UTC.
    """

    def __init__(
        self,
        store: Storage,
        pace: Pace,
        refusals: Refusals,
        other_way: OtherWay,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._pace = pace
        self._refusals = refusals
        self._other_way = other_way
        self._now = now
        self._begun = now()
        self._since = self._begun - LOOK_BACK
        self._seen: set[int] = set()

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_S,
            troubles=(StorageUnavailableError,),
            tell=partial(_log.warning, "reports of WhatsApp wait: %s"),
        )

    async def look(self) -> int:
        """See to new ones; return how many those were.

        Raises:
            StorageUnavailableError: it is seen to at the next look.
        """
        since = self._since
        found = await self._store.read(lambda uow: uow.messages_out.failed_since("whatsapp", since, _COUNT))
        new = [one for one in found if one.message.id not in self._seen]
        for one in new:
            account = await self._store.write(partial(self._see_to, failed=one))
            if account:
                self._tell(one, account)
        if found:
            self._since = found[-1].changed
            self._seen = {one.message.id for one in found if one.changed == self._since}
        return len(new)

    def _see_to(self, uow: UnitOfWork, *, failed: FailedMessage) -> str:
        """Do what its kind says; return its account. Runs in the writer's thread."""
        message = failed.message
        person = uow.chat_people.find(message.person or 0)
        if person is None:
            return ""
        if message.key.startswith(OUTCOME_KEY):
            return person.account
        if message.purpose == "notice" and not holds(uow, message.key):
            return person.account  # it was taken back after it had been sent: what is queued now nobody would drop
        once_more = TREATMENTS[kind_of(_code(failed.error))].then in (Then.KEEP, Then.AGAIN)
        if once_more and not message.key.endswith(AGAIN):
            uow.messages_out.add(
                NewOutgoing(
                    message.channel,
                    f"{message.key}{AGAIN}",
                    message.purpose,
                    message.body,
                    message.person,
                    ticket=message.ticket,
                    priority=message.priority,
                ),
                self._now(),
            )
        else:
            self._other_way(uow, message, person)
        return person.account

    def _tell(self, failed: FailedMessage, account: str) -> None:
        """Tell an admin, unless it is of before the start."""
        kind = kind_of(_code(failed.error))
        _log.warning("message %d is reported as failed: %s, %s", failed.message.id, kind, failed.error)
        if failed.changed < self._begun or not TREATMENTS[kind].alert:
            return
        if TREATMENTS[kind].rest_s:
            self._pace.failed(account, kind, failed.error)
        else:
            self._refusals.note(failed.message.purpose, failed.error)


def _code(error: str) -> int | None:
    found = _CODE.match(error)
    return int(found[0]) if found else None

"""Daily retention: removes persons from old tickets and calls, and old CDR files."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from router.pictures.retention import delete_removed
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError, UnreadableDocumentError
from router.tickets.forgetting import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.pictures import PictureFiles
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService
    from warroom.config.retention_settings import RetentionDays

_DAY_S: Final = 24 * 3600.0
_STEP: Final = 50  # tickets in one transaction: some milliseconds, so that no call waits

_log = logging.getLogger(__name__)


class DataRetention:
    """Removes personal data whose retention time is over.

    Args:
        store: Open.
        desk: On it.
        days: Retention of each kind of data.
        pictures: Files of photographs, which go with the person of their ticket.
    """

    def __init__(self, store: Storage, desk: TicketService, days: RetentionDays, pictures: PictureFiles) -> None:
        self._store = store
        self._desk = desk
        self._days = days
        self._pictures = pictures

    async def run(self) -> NoReturn:
        """Run now and each day, until cancelled."""
        await poll_forever(
            self.look,
            every_s=_DAY_S,
            troubles=(StorageUnavailableError, OSError),
            tell=lambda trouble: _log.warning("what is over its time is forgotten tomorrow: %s", trouble),
        )

    async def look(self) -> None:
        """Remove the data past retention.

        Raises:
            StorageUnavailableError: the next look goes on where this one ended.
            OSError: the file of a photograph cannot be deleted; the same.
        """
        now = datetime.now(UTC)
        people, records = now - timedelta(days=self._days.tickets), now - timedelta(days=self._days.cdr)
        tickets = await self._forget_people(people)
        calls = await self._store.write(lambda uow: uow.citizens.forget_calls_before(moment=people))
        calls += await self._store.write(lambda uow: uow.call_log.forget_callers_before(moment=people))
        lines = await self._delete(lambda uow: uow.cdr.forget_before(moment=records, count=_STEP))
        log = now - timedelta(days=self._days.calls)
        logged = await self._delete(lambda uow: uow.call_log.forget_before(moment=log, count=_STEP))
        messaged = await self._forget_messages(now - timedelta(days=self._days.messages), people)
        audit = now - timedelta(days=self._days.audit)
        audited = await self._delete(lambda uow: uow.audit.forget_before(moment=audit, count=_STEP))
        pictures = await delete_removed(self._store, self._pictures)
        await asyncio.to_thread(self._pictures.delete_parts)
        if tickets or calls or lines or logged or audited or pictures or messaged:
            _log.warning(
                "expired: %d tickets and %d calls lost their person; "
                "deleted: %d CDR and CEL rows, %d calls of the log, %d entries of the audit log, "
                "%d photographs, %d messages and people who wrote them",
                tickets,
                calls,
                lines,
                logged,
                audited,
                pictures,
                messaged,
            )

    async def _forget_messages(self, before: datetime, people: datetime) -> int:
        """Delete messages in and out, then people of whom none is left and who have not written for long."""
        steps: tuple[Callable[[UnitOfWork], int], ...] = (
            lambda uow: uow.chat_in.forget_before(before, _STEP),
            lambda uow: uow.messages_out.forget_before(before, _STEP),
            lambda uow: uow.webhook_bodies.forget_before(before, _STEP),
            lambda uow: uow.chat_people.forget_silent(people, _STEP),
        )
        return sum([await self._delete(step) for step in steps])

    async def _delete(self, some: Callable[[UnitOfWork], int]) -> int:
        """Delete in steps until nothing is left; return how many."""
        total = 0
        while gone := await self._store.write(some):
            total += gone
        return total

    async def _forget_people(self, closed_before: datetime) -> int:
        """Take the person out of tickets; return of how many. Those that cannot be read are logged and left."""
        tickets, left = 0, set[str]()
        while True:
            found = await self._store.read(partial(_closed_before, closed_before, _STEP + len(left)))
            numbers = [number for number in found if number not in left]
            if not numbers:
                return tickets
            try:
                await self._desk.forget(numbers)
                tickets += len(numbers)
            except UnreadableDocumentError:
                for number in numbers:
                    try:
                        await self._desk.forget([number])
                        tickets += 1
                    except UnreadableDocumentError as trouble:
                        _log.error("its person is not forgotten: %s", trouble)
                        left.add(number)


def _closed_before(moment: datetime, count: int, uow: UnitOfWork) -> list[str]:
    return uow.citizens.closed_before(moment, FORGOTTEN, count)

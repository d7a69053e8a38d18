"""The audit log: who saw or did what, by names of fields and numbers of tickets, never by what was in them.

Views are noted through a bounded queue, so that a screen never waits for the disk. What changes something, or takes
data away, is written before it is done: when it cannot be written, it is not done.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import deque
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from router.clock import sortable, utc_now
from router.errors import WarroomError
from router.model.accounts.audit_entry import AuditEntry
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from board.accounts.identity import Identity
    from router.storage.engine import Storage

MAX_QUEUED: Final = 10_000
"""Views that wait to be written while the store is away: some minutes of a busy state. More are counted, not kept."""
MAX_TICKETS: Final = 500
"""Ticket numbers in one entry; a longer list makes several entries."""
FLUSH_S: Final = 1.0
"""Views of a second are written together: each commit waits for the disk."""
MAX_REASON: Final = 300
"""Characters."""
_NUMBER = re.compile(r"\+?\d(?:[\s().-]?\d){6,}")  # what could be a telephone number, in digits of any script

_log = logging.getLogger(__name__)


class Said(TypedDict, total=False):
    """What an entry says beside who and what.

    Attributes:
        target: The view, room or account.
        ticket: The number of one ticket.
        tickets: Numbers of several.
        fields: Names of fields.
        reason: Why, as somebody typed it.
        address: The network address of somebody who is not signed in.
    """

    target: str
    ticket: str
    tickets: Iterable[str]
    fields: Iterable[str]
    reason: str
    address: str


class AuditUnavailableError(WarroomError):
    """What was asked is not done, because it cannot be written down."""


class Audit:
    """Notes who saw or did what.

    Args:
        storage: Open.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._queue: deque[AuditEntry] = deque()
        self._lost = 0

    async def note(self, identity: Identity | None, action: str, **said: Unpack[Said]) -> None:
        """Note a view, as `enqueue`."""
        self.enqueue(identity, action, **said)

    def enqueue(self, identity: Identity | None, action: str, **said: Unpack[Said]) -> None:
        """Note a view; it is written within a second or two, and this never waits.

        Args:
            identity: Who; None: somebody who is not signed in.
            action: What, such as ``view`` or ``listen``.
            said: More about it.
        """
        for entry in entries_of(identity, action, **said):
            if len(self._queue) >= MAX_QUEUED:
                self._lost += 1
            else:
                self._queue.append(entry)

    async def record(self, identity: Identity | None, action: str, **said: Unpack[Said]) -> None:
        """Write down a change or an export, before it is done. Arguments as of `enqueue`.

        Raises:
            AuditUnavailableError: It was not written, so it must not be done.
        """
        entries = entries_of(identity, action, **said)
        try:
            await self.flush()  # what was seen before it stands before it
            await self._storage.write(lambda uow: uow.audit.append(entries))
        except StorageUnavailableError as trouble:
            raise AuditUnavailableError(f"not done, since the audit log cannot be written: {trouble}") from trouble

    async def run(self) -> None:
        """Write what is noted, until cancelled; then what is left."""
        told = ""
        try:
            while True:
                await asyncio.sleep(FLUSH_S)
                try:
                    await self.flush()
                    told = ""
                except StorageUnavailableError as trouble:
                    if str(trouble) != told:
                        _log.error("views wait to be written to the audit log: %s", trouble)
                    told = str(trouble)
        finally:
            with contextlib.suppress(StorageUnavailableError):
                await self.flush()

    async def flush(self) -> None:
        """Write what is noted.

        Raises:
            StorageUnavailableError: It still waits.
        """
        waiting, lost = list(self._queue), self._lost
        self._queue.clear()
        self._lost = 0
        written = list(waiting)
        if lost:
            written += entries_of(None, "lost", reason=f"{lost} views that could not be written")
        if not written:
            return
        try:
            await self._storage.write(lambda uow: uow.audit.append(written))
        except BaseException:
            self._queue.extendleft(reversed(waiting))
            self._lost += lost
            raise


def entries_of(identity: Identity | None, action: str, **said: Unpack[Said]) -> list[AuditEntry]:
    """Return the entries that say so: one, or several for a long list of tickets. Arguments as of `Audit.note`."""
    ticket, tickets = said.get("ticket", ""), said.get("tickets", ())
    numbers = list(dict.fromkeys([ticket, *tickets] if ticket else tickets))
    parts = [tuple(numbers[at : at + MAX_TICKETS]) for at in range(0, len(numbers), MAX_TICKETS)] or [()]
    return [
        AuditEntry(
            at=sortable(utc_now()),
            user=identity.user if identity else "",
            role=identity.role if identity else "",
            address=identity.address if identity else said.get("address", ""),
            session=identity.session if identity else "",
            action=action,
            target=said.get("target", ""),
            tickets=part,
            fields=tuple(dict.fromkeys(said.get("fields", ()))),
            reason=without_numbers(said.get("reason", ""))[:MAX_REASON],
        )
        for part in parts
    ]


def without_numbers(text: str) -> str:
    """Return a text without what could be a telephone number in it."""
    return _NUMBER.sub("(number)", text)

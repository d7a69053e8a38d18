"""Identity and high-water mark of a store, by which an older or different store is recognised.

Whatever remembers what this store said (the broker, a file beside it) is told the mark again and again. A store whose
mark is behind what was told has lost something: it is new, a backup, or another's. Only numbers that never go down
are in it, all of them committed before they are told.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from router.storage.engines import database_at, kind_of
from router.storage.schema import history, identity, tasks, ticket_serials

if TYPE_CHECKING:
    from router.storage.engines import Location

_SERIAL = sa.select(ticket_serials.c.last).where(ticket_serials.c.node == sa.bindparam("which"))
_MARK = sa.select(
    identity.c.store,
    _SERIAL.scalar_subquery(),
    sa.select(sa.func.max(history.c.id)).scalar_subquery(),
    sa.select(sa.func.max(tasks.c.serial)).scalar_subquery(),
)


class StoreIdentity(BaseModel):
    """How far a store had come."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    store: str = Field(pattern=r"^[0-9a-f]{32}$")
    """Its name."""
    node: int = Field(ge=1, le=9)
    """The digit its ticket numbers began with: another one has a series of its own."""
    serial: int = Field(ge=0)
    """The last serial of a ticket number it has given out on this node."""
    changes: int = Field(ge=0)
    """Versions of tickets it has seen."""
    tasks: int = Field(ge=0)
    """The last serial of a task."""

    def lacks(self, told: StoreIdentity) -> str:
        """Describe what a store of this mark lacks of an announced one; empty when it lacks nothing."""
        if self.store != told.store:
            return f"it is another store, or a new one: that one had given out {told.serial} ticket numbers"
        if self.node == told.node and self.serial < told.serial:
            return f"it is an older copy: it has given out {self.serial} ticket numbers, that one {told.serial}"
        if self.changes < told.changes or self.tasks < told.tasks:
            return f"it is an older copy: it lacks the last {told.changes - self.changes} changes of tickets"
        return ""


class IdentityRepository:
    """The identity of this store."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of_store(self, node: int) -> StoreIdentity:
        """Return the mark of a store."""
        store, serial, changes, last_task = self._connection.execute(_MARK, {"which": node}).one()
        return StoreIdentity(store=store, node=node, serial=serial or 0, changes=changes or 0, tasks=last_task or 0)

    def renew(self) -> None:
        """Give the store another name: from now on it goes its own way, and what it was copied from is another."""
        self._connection.execute(sa.update(identity).values(store=uuid.uuid4().hex))

    def raise_serial(self, node: int, last: int) -> None:
        """Let the ticket numbers of a node go on behind a serial."""
        changed = self._connection.execute(
            sa.update(ticket_serials)
            .where(ticket_serials.c.node == node, ticket_serials.c.last < last)
            .values(last=last)
        )
        if changed.rowcount == 0 and self._connection.execute(_SERIAL, {"which": node}).scalar() is None:
            self._connection.execute(sa.insert(ticket_serials), {"node": node, "last": last})

    def raise_tasks(self, last: int) -> None:
        """Let the serials of tasks go on behind one: the table never uses one twice, even of a row that is gone."""
        kind_of(self._connection).use_up_ids(self._connection, tasks.c.serial, last)


def of_database(location: Location, node: int) -> StoreIdentity:
    """Return the mark of a migrated store that nobody has opened yet. Blocks: not for the event loop.

    Raises:
        StorageUnavailableError: it cannot be read.
    """
    with database_at(location).connected() as connection:
        return IdentityRepository(connection).of_store(node)

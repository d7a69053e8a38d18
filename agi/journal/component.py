"""The component that writes the journal of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.journal.journal import CallJournal
from router.component import Component

if TYPE_CHECKING:
    from router.storage.engine import Storage


class JournalComponent(Component):
    """Keeps the journal; stops after all components that take calls.

    Args:
        store: Open once its component is started.

    Attributes:
        journal: Takes notes.
    """

    name = "call journal"

    def __init__(self, store: Storage) -> None:
        self.journal = CallJournal(store)

    async def stop(self) -> None:
        """Write the remaining notes."""
        await self.journal.close()

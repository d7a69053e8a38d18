"""What pages are shown and send, for the audit log: numbers of tickets and names of fields, never their contents."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from board.accounts.audit import Audit
    from board.live.frames import SendCommand, SendStock
    from board.live.tab import Tab
    from board.live.views import View

WITH_TICKETS: Final = frozenset({"tickets", "copies", "caller_tickets", "proposals"})
"""Collections whose keys are numbers of tickets."""
WITH_CALLERS: Final = frozenset({"call", "callbacks"})
"""Collections with telephone numbers of callers."""
NOTE_S: Final = 60.0
"""Between two notes about pages that stay open: so much of what they saw is lost with a process that is killed."""
MAX_SEEN: Final = 200
"""Tickets that one page was shown, before they are noted."""
_TICKET_FIELDS: Final = ("address", "description", "landmark", "name", "notes", "phone")
_CALLER_FIELDS: Final = ("caller",)


class LiveAudit:
    """Notes what pages are shown: what a view holds when it is opened at once, what comes later by `note_seen`.

    Args:
        audit: Is told.
    """

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._noted: dict[tuple[Tab, str], set[str]] = {}
        self._seen: dict[tuple[Tab, View], set[str]] = {}

    def opened(self, tab: Tab, view: View) -> None:
        """Note what a page is shown, when a view has anything personal."""
        names = {collection.name for collection in view.collections}
        if not names & (WITH_TICKETS | WITH_CALLERS):
            return
        numbers = {key for one in view.collections if one.name in WITH_TICKETS for key in one.entries}
        self._noted[tab, view.name] = set(numbers)
        self._seen[tab, view] = set()
        self._note(tab, view, numbers)

    def changed(self, tab: Tab, view: View, collection: str, key: str) -> None:
        """Note that a page was shown a ticket that was not there when it was opened."""
        seen = self._seen.get((tab, view))
        if seen is None or collection not in WITH_TICKETS or key in self._noted[tab, view.name]:
            return
        self._noted[tab, view.name].add(key)
        seen.add(key)
        if len(seen) >= MAX_SEEN:
            self._note(tab, view, seen)
            seen.clear()

    async def run(self) -> NoReturn:
        """Note every minute what pages that stay open were shown, until cancelled."""
        while True:
            await asyncio.sleep(NOTE_S)
            self.note_seen()

    def note_seen(self) -> None:
        """Note what all pages were shown since the last time."""
        for (tab, view), seen in self._seen.items():
            if seen:
                self._note(tab, view, seen)
                seen.clear()

    def closed(self, tab: Tab, view: View) -> None:
        """Note what a page was shown since it was opened."""
        self._noted.pop((tab, view.name), None)
        if seen := self._seen.pop((tab, view), None):
            self._note(tab, view, seen)

    def _note(self, tab: Tab, view: View, numbers: set[str]) -> None:
        names = {collection.name for collection in view.collections}
        fields = (_TICKET_FIELDS if names & WITH_TICKETS else ()) + (_CALLER_FIELDS if names & WITH_CALLERS else ())
        self._audit.enqueue(tab.identity, "view", target=view.name, tickets=sorted(numbers), fields=fields)

    async def command(self, tab: Tab, frame: SendCommand) -> None:
        """Write down a command before it is sent.

        Raises:
            AuditUnavailableError: It must not be sent.
        """
        said = frame.command.model_extra or {}
        changes = said.get("changes")
        fields = [
            *(name for name in said if name not in ("ticket", "by")),
            *(changes if isinstance(changes, dict) else ()),
        ]
        tickets = [said[name] for name in ("ticket", "into") if isinstance(said.get(name), str)]
        await self._audit.record(
            tab.identity,
            frame.command.action,
            target=frame.to,
            tickets=[number for number in tickets if is_number(number)],
            fields=[name for name in fields if is_name(name)],
        )

    async def stock(self, tab: Tab, frame: SendStock) -> None:
        """Write down a report of stock before it is sent.

        Raises:
            AuditUnavailableError: It must not be sent.
        """
        await self._audit.record(tab.identity, "stock", target=f"rooms/{frame.room}", fields=(frame.item,))


def is_number(text: str) -> bool:
    """Tell whether a text can be a ticket's number: what else a page sends there is not written down."""
    return len(text) == 9 and text.isascii() and text.isdigit()  # noqa: PLR2004


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of a field."""
    return len(text) <= 40 and text.replace("_", "").isalpha() and text.isascii()  # noqa: PLR2004

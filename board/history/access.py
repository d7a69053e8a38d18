"""Who may read what of the history, and what of it is personal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import HTTPException

from board.accounts.permissions import Action, may

if TYPE_CHECKING:
    from fastapi import Request

    from board.accounts.audit import Audit
    from board.accounts.identity import Identity
    from board.accounts.sessions import Sessions
    from router.model.ticket import Ticket

PERSONAL: Final = (
    "phone", "name", "address", "landmark", "lat", "long", "description", "status_notes", "for_citizen", "notes",
    "transcript", "recordings", "media_url", "pictures", "stranded",
)  # fmt: skip
"""Fields of a ticket that tell who a citizen is, where, or in what words; the audit log names those that were shown."""


class Access:
    """Lets people read what is theirs to read, and notes it.

    Args:
        sessions: Tells who asks.
        audit: Is told what was shown.
    """

    def __init__(self, sessions: Sessions, audit: Audit) -> None:
        self._sessions = sessions
        self.audit = audit

    async def identify(self, request: Request) -> Identity:
        """Return who asks. Raises HTTPException: nobody who is signed in."""
        identity = await self._sessions.identify(request)
        if identity is None:
            raise HTTPException(401, "sign in")
        return identity

    async def require(self, request: Request, action: Action, target: str) -> Identity:
        """Return who asks and may do this. Raises HTTPException."""
        identity = await self.identify(request)
        if not may(identity, action, target):
            raise HTTPException(403, "not allowed")
        return identity

    async def show(
        self, identity: Identity, action: str, tickets: list[Ticket], target: str = ""
    ) -> list[dict[str, Any]]:
        """Return tickets as JSON, without what somebody may not read; what they may is noted."""
        shown = [shown_to(identity, ticket) for ticket in tickets]
        fields = {name for one in shown for name in PERSONAL if one.get(name)}
        if fields:
            numbers = tuple(one["service_request_id"] for one in shown)
            await self.audit.note(identity, action, target=target, tickets=numbers, fields=sorted(fields))
        return shown


def may_open(identity: Identity, ticket: Ticket, action: Action = Action.READ_PERSONAL) -> bool:
    """Tell whether somebody may do something with a ticket: by its room, or by a room that has a copy of it."""
    rooms = (ticket.room, *(copy.partition("/")[0] for copy in ticket.copies))
    return any(may(identity, action, f"room/{room}") for room in rooms)


def shown_to(identity: Identity, ticket: Ticket) -> dict[str, Any]:
    """Return a ticket as JSON; nothing personal for who may not read it."""
    said = ticket.model_dump(mode="json", exclude={"source_key"})
    if may_open(identity, ticket):
        return said
    empty: dict[str, Any] = {"phone": None, "lat": None, "long": None, "notes": [], "recordings": [], "pictures": 0}
    empty |= {"stranded": None}
    return {**said, **{name: empty.get(name, "") for name in PERSONAL}}

"""Who is at a screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is; what each may see and do is the table in `board.accounts.permissions`."""

    ROOM = "room"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    WARROOM = "warroom"
    ADMIN = "admin"
    READONLY = "readonly"
    WALL = "wall"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is at a screen, as of the request or frame that it came with.

    Attributes:
        user: The name typed to sign in; of a wall ``wall/<name>``, which no person can be called.
        name: The person's; of a wall its view.
        role: What they are.
        room: The only room of role ``room``; None for others.
        operator: The operator's id of roles ``operator`` and ``supervisor``; None for others.
        session: The session's short name. It lets nobody in.
        address: The network address of this request.
    """

    user: str
    name: str
    role: Role
    room: str | None
    operator: str | None
    session: str
    address: str = ""

    @property
    def home(self) -> str:
        """The path of this person's own page."""
        match self.role:
            case Role.ROOM:
                return f"/room/{self.room}"
            case Role.OPERATOR | Role.SUPERVISOR:
                return "/operator"
            case Role.WARROOM:
                return "/warroom"
            case Role.ADMIN:
                return "/users"
            case Role.READONLY:
                return "/state"
            case Role.WALL:
                return f"/wall/{self.name}"

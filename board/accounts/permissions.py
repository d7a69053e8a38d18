"""Who may do what: one table of role, view and action, asked by pages, `/api`, WebSocket frames and commands alike."""

from __future__ import annotations

import re
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from board.accounts.identity import Identity, Role
from router.geo import STATE_ROOM
from router.mqtt.topics import WARROOM_OPERATOR

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(StrEnum):
    """What can be done with a view."""

    VIEW = "view"
    """Open the page, or subscribe to it."""
    COMMAND = "command"
    """Send commands to its topic."""
    READ_PERSONAL = "read-personal"
    """Read telephone numbers, names, addresses and citizens' words in it."""
    LISTEN = "listen"
    """Play recordings of its tickets."""
    SEARCH = "search"
    """Search tickets and calls in it."""
    EXPORT = "export"
    """Take it away as a file or on paper."""
    SUPERVISE = "supervise"
    """See what other operators do, listen to them, take over."""


class View(StrEnum):
    """Kinds of things to see; those with a name are written ``room/district-bhopal``."""

    ROOM = "room"
    OPERATOR = "operator"
    STATE = "state"
    WALL = "wall"
    WARROOM = "warroom"
    REPORTS = "reports"
    TICKETS = "tickets"
    """All tickets, of whatever room."""
    CALLS = "calls"
    CATALOGUE = "catalogue"
    """Needs, districts, desks, items: nothing personal."""
    ACCOUNT = "account"
    """One's own password and sessions."""
    USERS = "users"
    """Everybody's accounts."""


class Scope(StrEnum):
    """Which of a kind."""

    OWN = "own"
    """One's own room, operator or wall."""
    ANY = "any"


class Grant(NamedTuple):
    """One line of the table."""

    view: View
    scope: Scope
    actions: frozenset[Action]


def _grant(view: View, scope: Scope, *actions: Action) -> Grant:
    return Grant(view, scope, frozenset(actions))


_V, _C, _P, _L, _S, _E = (
    Action.VIEW,
    Action.COMMAND,
    Action.READ_PERSONAL,
    Action.LISTEN,
    Action.SEARCH,
    Action.EXPORT,
)
_PERSON: Final = (_grant(View.ACCOUNT, Scope.ANY, _V, _C), _grant(View.CATALOGUE, Scope.ANY, _V))
_FIGURES: Final = (
    _grant(View.STATE, Scope.ANY, _V),
    _grant(View.WALL, Scope.ANY, _V),
    _grant(View.REPORTS, Scope.ANY, _V, _E),
)
_CONSOLE: Final = (
    _grant(View.OPERATOR, Scope.OWN, _V, _C, _P),
    _grant(View.TICKETS, Scope.ANY, _S),  # of the caller, and duplicates beside the form
)
_WHOLE_STATE: Final = (
    *_PERSON,
    *_FIGURES,
    _grant(View.WARROOM, Scope.ANY, _V, _C, _P),
    _grant(View.ROOM, Scope.ANY, _V, _P, _L, _S, _E),
    _grant(View.ROOM, Scope.OWN, _C),  # a district's board is commanded by the district alone: its name stands there
    _grant(View.OPERATOR, Scope.OWN, _C),  # as `operators/warroom`
    _grant(View.TICKETS, Scope.ANY, _V, _P, _L, _S, _E),
    _grant(View.CALLS, Scope.ANY, _V, _P, _S),
)

TABLE: Final[Mapping[Role, tuple[Grant, ...]]] = MappingProxyType(
    {
        Role.ROOM: (*_PERSON, _grant(View.ROOM, Scope.OWN, _V, _C, _P, _L, _S, _E)),
        Role.OPERATOR: (*_PERSON, *_CONSOLE, _grant(View.ROOM, Scope.ANY, _P)),  # a caller's ticket lies in any room
        Role.SUPERVISOR: (
            *_PERSON,
            *_FIGURES,
            *_CONSOLE,
            _grant(View.OPERATOR, Scope.ANY, _V, Action.SUPERVISE),
            _grant(View.ROOM, Scope.ANY, _P, _L),
        ),
        Role.WARROOM: _WHOLE_STATE,
        Role.ADMIN: (*_PERSON, *_FIGURES, _grant(View.USERS, Scope.ANY, _V, _C)),  # sees nothing of a citizen
        Role.READONLY: (*_PERSON, *_FIGURES),
        Role.WALL: (_grant(View.WALL, Scope.OWN, _V), _grant(View.CATALOGUE, Scope.ANY, _V)),
    }
)

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
"""Of a room, operator or wall. No wildcard of MQTT and no further level of a topic can be in it."""
_PLURALS: Final = MappingProxyType({"rooms": View.ROOM, "operators": View.OPERATOR})  # as topics say it
_NAMED: Final = frozenset({View.ROOM, View.OPERATOR, View.WALL})


def may(identity: Identity, action: Action, target: str) -> bool:
    """Tell whether somebody may do something with a view.

    Args:
        identity: Who.
        action: What.
        target: The view, ``room/district-bhopal``, ``state``, or the topic of commands, ``rooms/district-bhopal``.
            What is none of them, nobody may.
    """
    known = view_of(target)
    if known is None:
        return False
    view, name = known
    return any(
        grant.view is view and action in grant.actions and (grant.scope is Scope.ANY or name in _own(identity, view))
        for grant in TABLE[identity.role]
    )


def view_of(target: str) -> tuple[View, str] | None:
    """Return the kind and name that a target says; None: there is no such view."""
    kind, slash, name = target.partition("/")
    try:
        view = _PLURALS.get(kind) or View(kind)
    except ValueError:
        return None
    if view in _NAMED:
        return (view, name) if _NAME.fullmatch(name) else None
    return None if slash else (view, "")


def _own(identity: Identity, view: View) -> frozenset[str]:
    """Return the names of a kind that are somebody's own."""
    match view, identity.role:
        case View.ROOM, Role.ROOM:
            own = identity.room
        case View.OPERATOR, Role.OPERATOR | Role.SUPERVISOR:
            own = identity.operator
        case View.ROOM, Role.WARROOM:
            own = STATE_ROOM
        case View.OPERATOR, Role.WARROOM:
            own = WARROOM_OPERATOR
        case View.WALL, Role.WALL:
            own = identity.name
        case _:
            own = None
    return frozenset({own}) if own else frozenset()

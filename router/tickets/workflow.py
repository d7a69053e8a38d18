"""The workflow of a ticket: permitted actions by role, and the next version that results. Pure functions."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from router.geo import DESKS, STATE_ROOM
from router.localized import LocalizedMessage
from router.model.stages import CLOSED, NAMES_HI, STEPS, Stage
from router.tickets.errors import CommandRefusedError
from router.tickets.routing.rules import TRIAGE_DESK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from router.geo import Places
    from router.model.ticket import Ticket
    from router.tickets.command import ActionName, Changes, Command

TOP_LEVEL = 4
MAX_NOTES = 200  # with pages of 2,000 characters it stays far below the broker's packet of 2 MB


class Role(StrEnum):
    """The role of a person who acts on tickets."""

    ROOM = "room"
    WARROOM = "warroom"
    CITIZEN = "citizen"
    CLOCK = "clock"


class Actor(NamedTuple):
    """The author of a command.

    Attributes:
        role: Its role.
        name: Its name in the history: a room's id, or the role.
        room: The room whose tickets are its own; None for the citizen and the clock.
    """

    role: Role
    name: str
    room: str | None = None


CITIZEN = Actor(Role.CITIZEN, "citizen")
"""The citizen, as the telephone heard it."""
CLOCK = Actor(Role.CLOCK, "clock")
WARROOM = Actor(Role.WARROOM, "warroom", STATE_ROOM)
"""The war room, at this machine's own console."""


def actor_of_room(room: str) -> Actor:
    """Return the actor of a room's topic; the state's room is the war room."""
    return Actor(Role.WARROOM if room == STATE_ROOM else Role.ROOM, room, room)


class Transition(NamedTuple):
    """The roles that may perform an action, and the stage it leads to.

    Attributes:
        to: The stage it leads to; None: it stays (``unmerge``: back to the stage before).
        own: Roles that may do it with a ticket of their own room.
        anywhere: Roles that may do it with any ticket.
    """

    to: Stage | None
    own: frozenset[Role]
    anywhere: frozenset[Role]


def _rule(to: Stage | None, *, own: tuple[Role, ...] = (), anywhere: tuple[Role, ...] = ()) -> Transition:
    return Transition(to, frozenset(own), frozenset(anywhere))


_ROOMS = (Role.ROOM, Role.WARROOM)

ACTIONS: Mapping[ActionName, Transition] = MappingProxyType(
    {
        # only the room that has the ticket can say how far help has come
        "acknowledge": _rule(Stage.ACKNOWLEDGED, own=_ROOMS),
        "start": _rule(Stage.IN_PROGRESS, own=_ROOMS),
        "resolve": _rule(Stage.RESOLVED, own=_ROOMS),
        # no room rejects by itself
        "propose-reject": _rule(None, own=_ROOMS),
        "accept-reject": _rule(Stage.REJECTED, anywhere=(Role.WARROOM,)),
        "refuse-reject": _rule(None, anywhere=(Role.WARROOM,)),
        "reroute": _rule(Stage.ROUTED, own=_ROOMS, anywhere=(Role.WARROOM,)),
        "note": _rule(None, own=_ROOMS, anywhere=(Role.WARROOM,)),
        "correct": _rule(None, own=_ROOMS, anywhere=(Role.WARROOM,)),
        "merge": _rule(Stage.MERGED, own=_ROOMS, anywhere=(Role.WARROOM,)),
        "unmerge": _rule(None, own=_ROOMS, anywhere=(Role.WARROOM,)),
        # no new version: the call is work for the exchange, which notes how it ended
        "call-citizen": _rule(None, own=_ROOMS, anywhere=(Role.WARROOM,)),
        # a room could make tickets vanish with it: it proposes to reject, with "does not need it any more" as reason
        "withdraw": _rule(Stage.WITHDRAWN, anywhere=(Role.WARROOM, Role.CITIZEN)),
        "reopen": _rule(Stage.REOPENED, anywhere=(Role.WARROOM, Role.CITIZEN)),
        # closing is the citizen's word
        "confirm": _rule(Stage.CONFIRMED, anywhere=(Role.CITIZEN,)),
        "unreached": _rule(Stage.UNCONFIRMED, anywhere=(Role.CITIZEN, Role.CLOCK)),
    }
)
"""The actions, and their roles; the stages they may be done from are those of ``stages.STEPS``."""

ACTIONS_HI: Mapping[ActionName, str] = MappingProxyType(
    {
        "acknowledge": "देख लेना",
        "start": "काम शुरू करना",
        "resolve": "मदद पहुँची बताना",
        "propose-reject": "अस्वीकार का प्रस्ताव",
        "accept-reject": "अस्वीकार का प्रस्ताव मानना",
        "refuse-reject": "अस्वीकार का प्रस्ताव न मानना",
        "reroute": "दूसरे कक्ष या डेस्क को भेजना",
        "note": "टिप्पणी जोड़ना",
        "correct": "सुधार करना",
        "merge": "दूसरे टिकट में जोड़ना",
        "unmerge": "जोड़े हुए टिकट को अलग करना",
        "call-citizen": "नागरिक को फ़ोन करना",
        "withdraw": "टिकट वापस लेना",
        "reopen": "फिर से खोलना",
        "confirm": "मदद मिलने की पुष्टि करना",
        "unreached": "संपर्क न होना बताना",
    }
)
"""The actions as a person in a room reads them."""

MAX_PROMISE = timedelta(days=366)
"""How far ahead help may be promised; a promise for later is a slip of the hand."""
CLOCK_DIFFERENCE = timedelta(minutes=5)
"""By how much a room's clock may be behind ours: a promise for "now" is not refused for that."""

_WHEN_CLOSED = frozenset({"note", "reopen", "confirm"})
_WORK_GOES_ON = frozenset({Stage.ACKNOWLEDGED, Stage.IN_PROGRESS})
_WHEN_MERGED = frozenset({"note", "unmerge"})
_SPOKEN = {Role.ROOM: "a room", Role.WARROOM: "the war room", Role.CITIZEN: "a citizen", Role.CLOCK: "the clock"}


def check(ticket: Ticket | None, command: Command, actor: Actor) -> Ticket:
    """Return the ticket when this actor may do this with it, as far as that can be said before the action itself.

    Raises:
        CommandRefusedError: it may not, the ticket has moved on, or the step is not in the table.
    """
    rule = ACTIONS[command.action]
    if actor.role not in rule.own | rule.anywhere:
        raise CommandRefusedError("not-allowed", action=_action(command), who=_SPOKEN[actor.role])
    if ticket is None or not (actor.role is Role.WARROOM or actor.room in (None, ticket.room)):
        raise CommandRefusedError("not-yours", number=command.ticket)
    if actor.role not in rule.anywhere and ticket.room != actor.room:
        raise CommandRefusedError("not-allowed", action=_action(command), who="another room")
    if command.if_version not in (None, ticket.version):
        raise CommandRefusedError("version", version=ticket.version, if_version=command.if_version)
    if rule.to is not None and rule.to not in STEPS[ticket.stage]:
        raise CommandRefusedError("step", stage=_stage(ticket), action=_action(command))
    possible = _WHEN_MERGED if ticket.stage is Stage.MERGED else _WHEN_CLOSED
    if ticket.stage in CLOSED and command.action not in possible:
        raise CommandRefusedError("closed", stage=_stage(ticket))
    return ticket


def next_version(
    ticket: Ticket, command: Command, actor: Actor, *, places: Places, now: datetime, into: Ticket | None = None
) -> Ticket:
    """Return the ticket's next version after a checked command.

    Args:
        ticket: Its present version.
        command: Checked.
        actor: Whose command it is.
        places: Rooms and needs.
        now: Aware, UTC.
        into: For merge: the ticket that goes on, if there is one.

    Raises:
        CommandRefusedError: the command is not possible.
    """
    special = _SPECIAL.get(command.action)
    changes = special(_Asked(ticket, command, places, into)) if special else {}
    stage = ACTIONS[command.action].to
    if stage is not None:
        changes = {"stage": stage, "proposed_rejection": "", **changes}
    changes |= corrected(command.changes, places, now) | _told(ticket, command, stage, now)
    if command.note:
        if len(ticket.notes) >= MAX_NOTES:
            raise CommandRefusedError("full", count=len(ticket.notes))
        changes["notes"] = (*ticket.notes, f"{command.by or actor.name}: {command.note}")
    if all(getattr(ticket, name) == value for name, value in changes.items()):
        raise CommandRefusedError("no-change")
    return ticket.next(now, **changes)


def _told(ticket: Ticket, command: Command, stage: Stage | None, now: datetime) -> dict[str, object]:
    """Return the room's word to the citizen: the newest, until the work ends or goes to another room."""
    if command.for_citizen:
        return {"for_citizen": command.for_citizen, "for_citizen_datetime": now}
    if stage is None or stage in _WORK_GOES_ON or not ticket.for_citizen:
        return {}
    return {"for_citizen": "", "for_citizen_datetime": None}


class _Asked(NamedTuple):
    """A command with its ticket, places and time."""

    ticket: Ticket
    command: Command
    places: Places
    into: Ticket | None

    def no_step(self) -> CommandRefusedError:
        return CommandRefusedError("step", stage=_stage(self.ticket), action=_action(self.command))


def _proposed(asked: _Asked) -> dict[str, object]:
    if Stage.REJECTED not in STEPS[asked.ticket.stage]:
        raise asked.no_step()
    if asked.ticket.proposed_rejection:
        raise CommandRefusedError("proposed-already")
    return {"proposed_rejection": asked.command.note, "rejection": asked.command.reason or "other"}


def _judged(asked: _Asked) -> dict[str, object]:
    if not asked.ticket.proposed_rejection:
        raise CommandRefusedError("nothing-proposed")
    return {"proposed_rejection": ""}


def _merged(asked: _Asked) -> dict[str, object]:
    ticket, into = asked.ticket, asked.into
    if into is None or into.number == ticket.number or not into.is_open or into.room != ticket.room:
        raise CommandRefusedError("no-target", number=asked.command.into)
    return {"merged_into": into.number, "merged_from": ticket.stage}


def _unmerged(asked: _Asked) -> dict[str, object]:
    before = asked.ticket.merged_from
    if asked.ticket.stage is not Stage.MERGED or before not in STEPS[Stage.MERGED]:
        raise asked.no_step()
    return {"stage": before, "merged_into": None, "merged_from": None}


def _reopened(asked: _Asked) -> dict[str, object]:
    return {"level": min(asked.ticket.level + 1, TOP_LEVEL), "expected_datetime": None}


def _rerouted(asked: _Asked) -> dict[str, object]:
    """Return where a ticket goes; the district follows from the room, the desk from the need unless it is given."""
    ticket, command, places = asked.ticket, asked.command, asked.places
    room = next((known for known in places.rooms if known.id == (command.room or ticket.room)), None)
    if room is None:
        raise CommandRefusedError("no-room", name=command.room)
    need = (command.changes.service_code if command.changes else "") or ticket.service_code
    to_triage = command.desk == TRIAGE_DESK or (command.desk is None and room.id == STATE_ROOM)
    desk = TRIAGE_DESK if to_triage else command.desk or _desk_of(need, places)
    if (to_triage and room.id != STATE_ROOM) or (not to_triage and desk not in DESKS):
        raise CommandRefusedError("no-desk", name=desk, known=", ".join(DESKS))
    stage = Stage.TRIAGE if to_triage else Stage.ROUTED
    if (room.id, desk) == (ticket.room, ticket.desk):
        raise CommandRefusedError("no-change")
    if stage not in STEPS[ticket.stage]:
        raise asked.no_step()
    unplaced = None if to_triage else ticket.district
    district = next((known.id for known in places.districts.values() if known.room == room.id), unplaced)
    return {"room": room.id, "desk": desk, "stage": stage, "district": district, "agency_responsible": room.name}


_SPECIAL: Mapping[ActionName, Callable[[_Asked], dict[str, object]]] = {
    "propose-reject": _proposed,
    "accept-reject": _judged,
    "refuse-reject": _judged,
    "reroute": _rerouted,
    "merge": _merged,
    "unmerge": _unmerged,
    "reopen": _reopened,
}
"""What an action changes beyond the stage it leads to and what its command carries."""


def _desk_of(need: str, places: Places) -> str:
    if need not in places.needs:
        raise CommandRefusedError("no-need", name=need)
    return places.needs[need].desk


def corrected(changes: Changes | None, places: Places, now: datetime) -> dict[str, Any]:
    """Return the fields that a person puts right, by name.

    Raises:
        CommandRefusedError: one of them cannot be so.
    """
    if changes is None:
        return {}
    fields = {name: getattr(changes, name) for name in changes.model_fields_set}
    if "service_code" in fields and fields["service_code"] not in places.needs:
        raise CommandRefusedError("no-need", name=fields["service_code"])
    if promised := fields.get("expected_datetime"):
        if promised < now - CLOCK_DIFFERENCE:
            raise CommandRefusedError("expected-past")
        if promised > now + MAX_PROMISE:
            raise CommandRefusedError("expected-far")
    return fields


def _stage(ticket: Ticket) -> LocalizedMessage:
    return LocalizedMessage(str(ticket.stage), NAMES_HI[ticket.stage])


def _action(command: Command) -> LocalizedMessage:
    return LocalizedMessage(command.action, ACTIONS_HI[command.action])

"""Applies fields found in a citizen's words to a ticket's next version, with all that follows.

Who finds them is no concern of this file. What keys and persons have said outranks words: a ticket that somebody has
taken in hand, or that a person has sent where it lies, gets the fields and stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from router.history_line import REROUTE, action_of
from router.model.stages import STEPS, Stage
from router.tickets.routing.conditions import Facts, local_minute
from router.tickets.workflow import MAX_NOTES

if TYPE_CHECKING:
    from datetime import datetime

    from router.geo import Places
    from router.model.ticket import Ticket
    from router.model.ticket_views import TicketHistoryLine
    from router.tickets.routing.rules import Rules

BY = "transcribe"
"""The author in the history and in notes."""

INTAKE = "intake"
"""The same of a text that came in writing."""

_ROUTED_BY = frozenset({"service_code", "district", "state", "zipcode", "priority"})  # what rules ask about
_NOBODYS_YET = frozenset({Stage.TRIAGE, Stage.ROUTED})


class KnownFields(Protocol):
    """Fields that are known already, and so are not taken from words: of a ticket, or a future one."""

    @property
    def service_code(self) -> str: ...  # noqa: D102
    @property
    def priority(self) -> int: ...  # noqa: D102
    @property
    def district(self) -> str | None: ...  # noqa: D102
    @property
    def state(self) -> str | None: ...  # noqa: D102
    @property
    def zipcode(self) -> str: ...  # noqa: D102
    @property
    def quantity(self) -> str: ...  # noqa: D102
    @property
    def people(self) -> int | None: ...  # noqa: D102
    @property
    def address(self) -> str: ...  # noqa: D102
    @property
    def landmark(self) -> str: ...  # noqa: D102


class FieldUpdates(NamedTuple):
    """The fields of a ticket that a text determines.

    Attributes:
        fields: Of the ticket, by name; none: nothing new.
        why: Which words say so and how surely, a line for each, for persons.
    """

    fields: Mapping[str, object] = {}
    why: tuple[str, ...] = ()


Settle = Callable[["Ticket", Sequence["TicketHistoryLine"]], FieldUpdates]
"""Gets the ticket as it is in the transaction, and its history; pure and quick: it runs in the writer's thread."""


class Consequence(NamedTuple):
    """The changed fields of a ticket, and the text of its history row."""

    changes: dict[str, object]
    what: tuple[str, ...]


def consequence(
    ticket: Ticket,
    settled: FieldUpdates,
    history: Sequence[TicketHistoryLine],
    *,
    places: Places,
    rules: Rules,
    now: datetime,
) -> Consequence:
    """Return what follows from newly settled fields: priority, room, desk, stage and copies by the rules.

    Args:
        ticket: Open, as it is now.
        settled: The new fields.
        history: The ticket's.
        places: Needs and rooms.
        rules: Those in force.
        now: Aware, UTC.
    """
    if not settled.fields:
        return Consequence({}, ())
    changes: dict[str, object] = {**settled.fields, "priority": _priority(ticket, settled.fields, places)}
    what = settled.why
    changes["notes"] = (*ticket.notes, *understood_note(BY, settled.why))[:MAX_NOTES]
    if changes.keys() & _ROUTED_BY and _may_move(ticket, history):
        moved, told = _moved(ticket.model_copy(update=changes), places, rules, now)
        return Consequence(changes | moved, (*what, *told))
    return Consequence(changes, what)


def understood_note(by: str, why: Sequence[str]) -> tuple[str, ...]:
    """Return the note for a ticket's room on fields that were understood, none when there are none.

    Args:
        by: ``BY`` or ``INTAKE``.
        why: Which words say what, a line for each.
    """
    return (f"{by}: समझा गया / understood: {'; '.join(why)}",) if why else ()


def _priority(ticket: Ticket, fields: Mapping[str, object], places: Places) -> int:
    """The more urgent of the need's own and what haste or an earlier rise made of it."""
    need = places.needs[str(fields.get("service_code", ticket.service_code))]
    said = int(str(fields.get("priority", need.priority)))
    raised = ticket.priority if ticket.priority != places.needs[ticket.service_code].priority else need.priority
    return min(need.priority if "service_code" in fields else ticket.priority, said, raised)


def _may_move(ticket: Ticket, history: Sequence[TicketHistoryLine]) -> bool:
    """Whether no room has taken it, nor any person routed it."""
    return ticket.stage in _NOBODYS_YET and not any(action_of(line.what) == REROUTE for line in history)


def _moved(ticket: Ticket, places: Places, rules: Rules, now: datetime) -> tuple[dict[str, object], tuple[str, ...]]:
    facts = Facts(
        need=ticket.service_code,
        priority=ticket.priority,
        helpline=ticket.helpline,
        district=ticket.district,
        state=ticket.state,
        pin=ticket.zipcode,
        hours=local_minute(now),
    )
    route = rules.route(facts, places)
    if (route.room, route.desk) == (ticket.room, ticket.desk):
        return {"copies": route.copies}, ()
    if route.stage not in STEPS[ticket.stage]:
        return {}, ()
    room = next(room for room in places.rooms if room.id == route.room)
    steps = () if route.stage is ticket.stage else (f"{ticket.stage} → {route.stage}",)
    told = (*steps, f"{ticket.room}/{ticket.desk} → {route.room}/{route.desk}", f"rule {route.rule.name}")
    return {
        "room": route.room,
        "desk": route.desk,
        "stage": route.stage,
        "copies": route.copies,
        "agency_responsible": room.name,
    }, told

"""Keeps the register in step with tickets: a hook of the ticket service, in the transaction of every version.

A ticket whose need is ``stranded`` or ``stranded-here`` belongs to one group. Tickets of the same telephone are one
group as long as it is stranded. What a ticket newly says goes to its group; what officers answered stays until then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from router.model.stages import Stage
from router.model.stranded import STRANDED_HERE, STRANDED_NEEDS, WANTS, StrandedFacts
from router.model.stranded_group import StrandedGroup
from router.tickets.forgetting import without_person

if TYPE_CHECKING:
    from router.model.stranded_group import HelpState
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork

_LEFT: Final = frozenset({Stage.REJECTED, Stage.WITHDRAWN, Stage.MERGED})
_HELPED: Final = frozenset({Stage.RESOLVED, Stage.CONFIRMED})
_TOLD: Final = ("state", "home_district", "district", "place", "zipcode", "phone", "name", "people")
"""Fields of a group that its tickets tell."""


def keep_register(uow: UnitOfWork, before: Ticket | None, after: Ticket) -> None:
    """Write what a ticket's new version says about its group: for ``TicketService.on_change``."""
    if not STRANDED_NEEDS & {after.service_code, before.service_code if before else ""}:
        return
    group = uow.stranded.of_ticket(after.number)
    told = _told(after) if after.service_code in STRANDED_NEEDS else None
    if group is not None and (told is None or told.direction != group.direction):
        uow.stranded.unlink(after.number)
        write_group(uow, group, replace(group, help=_help_of(uow, group, after)))
        group = None
    if told is None:
        return
    if group is None:
        _enter(uow, after, told)
        return
    changed = _followed(group, _told(before) if before else None, told)
    if before is not None and without_person(after, after.updated_datetime) is after:
        changed = _without_person(uow, changed)
    if before is None or before.stage is not after.stage:
        changed = replace(changed, help=_help_of(uow, group, after))
    write_group(uow, group, changed)


def _enter(uow: UnitOfWork, ticket: Ticket, told: StrandedGroup) -> None:
    group = uow.stranded.of_phone(ticket.phone, told.direction) if ticket.phone else None
    if group is None:
        now = ticket.requested_datetime.astimezone(UTC).isoformat()
        first: HelpState = "withdrawn" if ticket.stage in _LEFT else _of_stage("waiting", ticket.stage)
        number = uow.stranded.add(replace(told, help=first, since=now, changed=_now()))
        uow.stranded.link(ticket.number, number)
        return
    uow.stranded.link(ticket.number, group.id)
    moved = told.state is not None and told.state != group.state  # the place of before is not the place of now
    kept = replace(group, place="", zipcode="", district=None) if moved else group
    joined = _followed(kept, None, told)
    if group.help not in ("waiting", "contacted") and ticket.is_open:
        joined = replace(joined, help="waiting")  # who calls again still needs help
    write_group(uow, group, joined)


def _told(ticket: Ticket) -> StrandedGroup:
    facts = ticket.stranded or StrandedFacts()
    here = ticket.service_code == STRANDED_HERE
    return StrandedGroup(
        direction="inbound" if here else "outbound",
        state=facts.home_state if here else ticket.state,
        home_district=facts.home_district,
        district=ticket.district if here else None,
        place=facts.place or ticket.landmark or ticket.address,
        zipcode=ticket.zipcode,
        phone=ticket.phone,
        name=ticket.name,
        people=ticket.people,
        wants=facts.wants,
        language=ticket.language,
    )


def _followed(group: StrandedGroup, before: StrandedGroup | None, told: StrandedGroup) -> StrandedGroup:
    """Return a group with what its ticket newly says; a new ticket fills gaps, and says where they are now."""
    changes = {}
    for name in _TOLD:
        was, new = getattr(before, name) if before else None, getattr(told, name)
        if not new or new == was:
            continue
        if before is None and name != "state" and getattr(group, name):
            new = max(group.people or 0, told.people or 0) if name == "people" else getattr(group, name)
        changes[name] = new
    wants = {*group.wants, *told.wants} if before is None or told.wants != before.wants else {*group.wants}
    return replace(group, **changes, wants=tuple(want for want in WANTS if want in wants))


def _without_person(uow: UnitOfWork, group: StrandedGroup) -> StrandedGroup:
    """Forget the person with the last ticket that knew them; how many there were, and where, stays."""
    if any(phone for _, phone in uow.stranded.stages_of(group.id).values()):
        return group
    return replace(group, phone=None, name="", place="", note="")


def _help_of(uow: UnitOfWork, group: StrandedGroup, ticket: Ticket) -> HelpState:
    stages = {Stage(stage) for stage, _ in uow.stranded.stages_of(group.id).values()}
    if stages <= _LEFT:
        return "withdrawn"
    return _of_stage("waiting" if group.help == "withdrawn" else group.help, ticket.stage)


def _of_stage(known: HelpState, stage: Stage) -> HelpState:
    if stage is Stage.REOPENED:
        return "waiting"
    if stage is Stage.IN_PROGRESS and known == "waiting":
        return "contacted"
    if stage in _HELPED and known in ("waiting", "contacted"):
        return "helped"
    return known


def write_group(uow: UnitOfWork, before: StrandedGroup, after: StrandedGroup) -> bool:
    """Write what has changed of a group; return whether anything has."""
    if after == before:
        return False
    uow.stranded.update(replace(after, version=before.version + 1, changed=_now()))
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat()

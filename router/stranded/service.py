"""Changes of the register by people: officers' answers, and the war room's own word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from router.model.stages import Stage
from router.model.stranded_group import StrandedGroup
from router.stranded.answers import Answer, BadAnswer
from router.stranded.register import write_group
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.model.stranded_group import AnsweredHelp
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService

Outcome = Literal["changed", "same", "known"]
"""Something new; what we had anyway; an answer that was taken before."""

_RESOLVES = frozenset[str]({"helped", "home"})


class StrandedService:
    """Takes what people say about groups, and tells their tickets.

    A ticket gets a note before the register is written, under the answer's key: after a crash in between the answer is
    taken once more, and nothing is noted twice.

    Args:
        store: Open.
        desk: Notes and resolves tickets.
    """

    def __init__(self, store: Storage, desk: TicketService) -> None:
        self._store = store
        self._desk = desk

    async def take(self, answer: Answer) -> Outcome | BadAnswer:
        """Take an officers' answer, once."""
        found = await self._store.read(lambda uow: _looked_up(uow, answer))
        if not isinstance(found, StrandedGroup):
            return found
        after = replace(
            found,
            help=answer.help or found.help,
            people=answer.people or found.people,
            place=answer.place or found.place,
            note=answer.remark or found.note,
        )
        if after != found:
            await self._tell(after, _said(found, after), by=f"officers, list {answer.list}", key=answer.digest)
        changed = await self._store.write(lambda uow: _written(uow, answer, after))
        return "changed" if changed else "same"

    async def set_help(self, group: int, help_: AnsweredHelp, *, note: str, by: str) -> StrandedGroup | None:
        """Set a group's state of help, and a remark; None: there is no such group."""
        found = await self._store.read(lambda uow: uow.stranded.by_id(group))
        if found is None:
            return None
        after = replace(found, help=help_, note=note or found.note)
        if after != found:
            key = f"{group}-{found.version}"
            await self._tell(after, _said(found, after), by=by, key=key)
            await self._store.write(lambda uow: _changed(uow, after))
        return await self._store.read(lambda uow: uow.stranded.by_id(group))

    async def _tell(self, group: StrandedGroup, said: str, *, by: str, key: str) -> None:
        """Note on each open ticket what was said; resolve it when they were helped: then the citizen is asked.

        A ticket that cannot be resolved as it is (in triage, or full of notes) stays for its room.
        """
        tickets = await self._store.read(lambda uow: uow.stranded.stages_of(group.id))
        for number in tickets:
            ticket = await self._desk.ticket(number)
            if ticket is None or not ticket.is_open:
                continue
            if group.help in _RESOLVES and ticket.stage is not Stage.RESOLVED:
                command = Command(
                    command_id=f"stranded-{key}-{number}", ticket=number, action="resolve", by=by, note=said
                )
                reply = await self._desk.command(command, actor=actor_of_room(ticket.room))
                if reply.accepted:
                    continue
            await self._desk.note(number, said, by=by, key=f"stranded/{key}")  # of a ticket in triage too


def _looked_up(uow: UnitOfWork, answer: Answer) -> StrandedGroup | Outcome | BadAnswer:
    if uow.stranded.answered(answer.digest):
        return "known"
    rows = uow.stranded.rows_of_list(*answer.list)
    if rows is None:
        return BadAnswer(f"row {answer.row}", f"there is no list {answer.list}; see: warroom stranded lists")
    group = next((one for one in rows if one.id == answer.group), None)
    return group or BadAnswer(f"row {answer.row}", f"list {answer.list} has no group {answer.group}")


def _written(uow: UnitOfWork, answer: Answer, after: StrandedGroup) -> bool:
    if not uow.stranded.add_answer(answer.digest, answer.group, datetime.now(UTC).isoformat()):
        return False
    before = uow.stranded.by_id(after.id)
    changed = _changed(uow, after)
    if before and changed:
        uow.stranded.keep_listed(before.id, before.version)  # officers need not be told what they have told us
    return changed


def _changed(uow: UnitOfWork, after: StrandedGroup) -> bool:
    """Write what a person has set over the group as it is now: its tickets may have changed it since it was read."""
    now = uow.stranded.by_id(after.id)
    if now is None:
        return False
    return write_group(uow, now, replace(now, help=after.help, people=after.people, place=after.place, note=after.note))


def _said(before: StrandedGroup, after: StrandedGroup) -> str:
    """Return in words what has changed."""
    parts: list[str] = [after.help] if after.help != before.help else []
    parts += [f"{after.people} people"] if after.people != before.people else []
    parts += [f"place: {after.place}"] if after.place != before.place else []
    parts += [after.note] if after.note != before.note else []
    return "; ".join(parts)


async def take_all(
    service: StrandedService, answers: Iterable[Answer | BadAnswer]
) -> tuple[dict[str, int], list[BadAnswer]]:
    """Take the answers of a file in their order; return how many had which outcome, and the bad cells."""
    counts, bad = {"changed": 0, "same": 0, "known": 0}, []
    for answer in answers:
        done = await service.take(answer) if isinstance(answer, Answer) else answer
        if isinstance(done, BadAnswer):
            bad.append(done)
        else:
            counts[done] += 1
    return counts, bad

"""What rooms, the war room and citizens may do with a ticket, on a real store."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from router.model.stages import STEPS, Stage
from router.model.ticket import Ticket
from router.mqtt.cloudevents import parse, ticket_in
from router.storage.unit_of_work import UnitOfWork
from router.tickets.command import Command, CommandReply
from router.tickets.ticket_number import issue
from router.tickets.workflow import ACTIONS, CITIZEN, CLOCK, WARROOM, Role, actor_of_room
from tests.support.stores import BHOPAL, new_recordings, report

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

BHOPAL_ROOM = actor_of_room("district-bhopal")
INDORE_ROOM = actor_of_room("district-indore")
STATE = actor_of_room("state")


class Says:
    """Commands with ids of their own."""

    def __init__(self, desk: TicketService) -> None:
        self._desk = desk
        self._count = 0

    async def __call__(
        self, action: str, ticket: Ticket | str, actor: object = BHOPAL_ROOM, **more: object
    ) -> CommandReply:
        self._count += 1
        number = ticket if isinstance(ticket, str) else ticket.number
        command = Command.model_validate({"command_id": f"c{self._count}", "action": action, "ticket": number, **more})
        return await self._desk.command(command, actor=actor)  # type: ignore[arg-type]


@pytest.fixture
def says(desk: TicketService) -> Says:
    return Says(desk)


async def waiting(store: Storage) -> list[tuple[str, str | None]]:
    rows = await store.write(lambda uow: uow.outbox.advance([], 1000))
    return [(row.topic, row.payload) for row in rows]


async def test_room_sees_a_ticket_through_to_the_citizens_word(desk: TicketService, says: Says, store: Storage) -> None:
    ticket = await desk.open(BHOPAL)
    one = await says("acknowledge", ticket, by="Desk 2", changes={"people": 4})
    assert (one.accepted, one.version, one.stage, one.reason) == (True, 2, Stage.ACKNOWLEDGED, "")
    await says("start", ticket)
    done = await says("resolve", ticket, note="गाड़ी भेजी गई", by="Desk 2")
    assert (done.version, done.stage) == (4, Stage.RESOLVED)
    after = await desk.ticket(ticket.number)
    assert after
    assert (after.people, after.notes, after.is_open) == (4, ("Desk 2: गाड़ी भेजी गई",), True)
    assert (await desk.citizen_answers(ticket.number, "helped", "9.1")).stage is Stage.CONFIRMED
    assert await waiting(store) == [("rooms/district-bhopal/tickets/food/" + ticket.number, None)]
    assert [(line.by, line.what, line.stage) for line in await desk.history(ticket.number)] == [
        ("phone", "opened; rule ration", "routed"),
        ("district-bhopal: Desk 2", "acknowledge; routed → acknowledged; changed people", "acknowledged"),
        ("district-bhopal", "start; acknowledged → in_progress", "in_progress"),
        ("district-bhopal: Desk 2", "resolve; in_progress → resolved; गाड़ी भेजी गई", "resolved"),
        ("citizen", "confirm; resolved → confirmed", "confirmed"),
    ]


async def test_words_to_the_citizen_last_until_the_work_ends_or_goes_elsewhere(desk: TicketService, says: Says) -> None:
    ticket = await desk.open(BHOPAL)

    async def told(action: str, **more: object) -> str:
        assert (await says(action, ticket, **more)).accepted
        after = await desk.ticket(ticket.number)
        assert after
        assert bool(after.for_citizen) == (after.for_citizen_datetime is not None)
        assert after.notes == ()
        return after.for_citizen

    assert await told("acknowledge", for_citizen=" कल\x07 सुबह\nगाड़ी आएगी ") == "कल  सुबह गाड़ी आएगी"
    assert await told("start") == "कल  सुबह गाड़ी आएगी"
    assert await told("note", for_citizen="आज शाम") == "आज शाम"
    assert await told("resolve") == ""
    assert await told("note", for_citizen="दुकान पर रखा है") == "दुकान पर रखा है"
    assert await told("reopen", actor=STATE) == ""
    last = (await desk.history(ticket.number))[1]
    assert last.what == "acknowledge; routed → acknowledged; for the citizen: कल  सुबह गाड़ी आएगी"
    assert await told("start", for_citizen="यह मिटना चाहिए") == "यह मिटना चाहिए"
    await desk.forget([ticket.number])
    after = await desk.ticket(ticket.number)
    assert after
    assert (after.for_citizen, after.for_citizen_datetime) == ("", None)
    assert not any("मिटना" in line.what for line in await desk.history(ticket.number))


@pytest.mark.parametrize(
    "wrong", [{"action": "reroute", "room": "state"}, {"for_citizen": "क" * 201}, {"for_citizen": ""}]
)
def test_words_to_the_citizen_go_with_a_step_of_the_work_and_are_short(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Command.model_validate(
            {"command_id": "c1", "ticket": "100000013", "action": "note", "for_citizen": "आज", **wrong}
        )


async def test_history_cannot_be_rewritten(desk: TicketService, store: Storage) -> None:
    await desk.open(BHOPAL)
    for statement in ("UPDATE history SET by = 'x'", "DELETE FROM history"):
        with pytest.raises(sa.exc.IntegrityError, match="only added to"):
            await store.write(lambda uow, text=statement: uow.connection.execute(sa.text(text)))


async def test_same_command_again_gets_the_same_reply(desk: TicketService) -> None:
    ticket = await desk.open(BHOPAL)
    command = Command(command_id="one", ticket=ticket.number, action="acknowledge")
    replies = await asyncio.gather(*(desk.command(command, actor=BHOPAL_ROOM) for _ in range(20)))
    await desk.command(Command(command_id="two", ticket=ticket.number, action="resolve"), actor=BHOPAL_ROOM)
    late = await desk.command(command, actor=BHOPAL_ROOM)
    assert {reply.model_dump_json() for reply in (*replies, late)} == {late.model_dump_json()}
    assert late.version == 2
    assert len(await desk.history(ticket.number)) == 3
    forged = await desk.command(command.model_copy(update={"action": "resolve"}), actor=BHOPAL_ROOM)
    assert (forged.accepted, forged.code) == (False, "id-reused")
    other = await desk.command(command, actor=INDORE_ROOM)  # another room's ids are its own
    assert other.code == "not-yours"


async def test_refusal_is_remembered_too(desk: TicketService, says: Says) -> None:
    ticket = await desk.open(BHOPAL)
    command = Command(command_id="early", ticket=ticket.number, action="accept-reject")
    first = await desk.command(command, actor=STATE)
    assert (first.code, first.version) == ("nothing-proposed", 1)
    await says("propose-reject", ticket, note="दो बार दर्ज")
    assert await desk.command(command, actor=STATE) == first


async def test_two_in_a_room_at_once_have_one_outcome(desk: TicketService) -> None:
    ticket = await desk.open(BHOPAL)
    both = [Command(command_id=f"{i}", ticket=ticket.number, action="acknowledge", if_version=1) for i in range(2)]
    replies = await asyncio.gather(*(desk.command(command, actor=BHOPAL_ROOM) for command in both))
    assert [reply.accepted for reply in replies] == [True, False]
    assert (replies[1].code, replies[1].version, replies[1].stage) == ("version", 2, Stage.ACKNOWLEDGED)
    assert "version 2" in replies[1].reason
    assert "संस्करण 2" in replies[1].reason_hi


@pytest.mark.parametrize(
    ("actor", "action", "code"),
    [
        (INDORE_ROOM, "acknowledge", "not-yours"),
        (INDORE_ROOM, "note", "not-yours"),
        (BHOPAL_ROOM, "accept-reject", "not-allowed"),
        (BHOPAL_ROOM, "withdraw", "not-allowed"),
        (BHOPAL_ROOM, "confirm", "not-allowed"),
        (STATE, "resolve", "not-allowed"),
        (STATE, "confirm", "not-allowed"),
        (BHOPAL_ROOM, "unmerge", "step"),
        (STATE, "refuse-reject", "nothing-proposed"),
        (CITIZEN, "confirm", "step"),
        (CITIZEN, "start", "not-allowed"),
        (CLOCK, "withdraw", "not-allowed"),
        (STATE, "reopen", "step"),
    ],
)
async def test_who_may_not_is_refused_and_nothing_changes(
    desk: TicketService, says: Says, actor: object, action: str, code: str
) -> None:
    ticket = await desk.open(BHOPAL)
    reply = await says(action, ticket, actor, note="x")
    assert (reply.accepted, reply.code) == (False, code)
    assert reply.reason
    assert reply.reason_hi
    assert await desk.ticket(ticket.number) == ticket
    if code in {"not-yours", "not-allowed"}:
        assert (reply.version, reply.stage) == (None, None)  # tells a stranger nothing


async def test_ticket_that_does_not_exist_is_refused_as_a_strangers(desk: TicketService, says: Says) -> None:
    ticket = await desk.open(BHOPAL)
    none = await says("acknowledge", issue(1, 99), INDORE_ROOM)
    theirs = await says("acknowledge", ticket, INDORE_ROOM)
    assert none.code == theirs.code == "not-yours"
    assert none.reason.replace(none.ticket, "") == theirs.reason.replace(theirs.ticket, "")


async def test_rejection_needs_the_war_room(desk: TicketService, says: Says) -> None:
    ticket = await desk.open(BHOPAL)
    proposed = await says("propose-reject", ticket, note="पता किसी और राज्य का है")
    assert (proposed.accepted, proposed.stage) == (True, Stage.ROUTED)
    seen = await desk.ticket(ticket.number)
    assert seen
    assert seen.proposed_rejection == "पता किसी और राज्य का है"
    assert (await says("propose-reject", ticket, note="again")).code == "proposed-already"
    assert (await says("refuse-reject", ticket, STATE, note="फिर से देखिए")).accepted
    assert (await says("accept-reject", ticket, STATE)).code == "nothing-proposed"
    await says("propose-reject", ticket, note="सच में नहीं")
    assert (await says("accept-reject", ticket, STATE)).stage is Stage.REJECTED
    assert (await says("start", ticket)).code == "step"
    assert (await says("reopen", ticket, STATE)).stage is Stage.REOPENED


async def test_proposal_falls_when_the_room_goes_on(desk: TicketService, says: Says) -> None:
    ticket = await desk.open(BHOPAL)
    await says("propose-reject", ticket, note="?")
    await says("start", ticket)
    assert (await says("accept-reject", ticket, STATE)).code == "nothing-proposed"


async def test_reroute_leaves_nothing_where_it_was(desk: TicketService, says: Says, store: Storage) -> None:
    ticket = await desk.open(BHOPAL)
    assert (await says("reroute", ticket, room="district-indore", note="इंदौर का पता")).stage is Stage.ROUTED
    (new, payload), gone = await waiting(store)
    assert new == f"rooms/district-indore/tickets/food/{ticket.number}"
    assert gone == (f"rooms/district-bhopal/tickets/food/{ticket.number}", None)
    after = ticket_in(parse(payload or ""))
    assert (after.room, after.district, after.agency_responsible) == ("district-indore", "indore", "Indore")
    assert (await says("start", ticket)).code == "not-yours"
    assert (await says("reroute", ticket, INDORE_ROOM, desk="supplies")).accepted
    for wrong, code in (
        ({"room": "district-atlantis"}, "no-room"),
        ({"desk": "triage"}, "no-desk"),
        ({"desk": "supplies"}, "no-change"),
    ):
        assert (await says("reroute", ticket, INDORE_ROOM, **wrong)).code == code
    assert (await says("reroute", ticket, INDORE_ROOM, room="state")).stage is Stage.TRIAGE
    triage = await desk.ticket(ticket.number)
    assert triage
    assert (triage.room, triage.desk, triage.district) == ("state", "triage", None)
    placed = await says("reroute", ticket, STATE, room="district-dewas", changes={"service_code": "gas"})
    assert (placed.accepted, placed.stage) == (True, Stage.ROUTED)
    assert [t.number for t in await desk.tickets(room="district-dewas")] == [ticket.number]
    assert (await desk.tickets(room="district-dewas"))[0].desk == "fuel"


async def test_merge_and_unmerge_come_back_to_where_it_was(desk: TicketService, says: Says, store: Storage) -> None:
    ticket, other = await desk.open(BHOPAL), await desk.open(report("2/1"))
    far = await desk.open(report("3/1", district="indore"))
    await says("start", ticket)
    for wrong in (ticket, far, issue(1, 99)):
        number = wrong if isinstance(wrong, str) else wrong.number
        assert (await says("merge", ticket, into=number)).code == "no-target"
    assert (await says("merge", ticket, into=other.number)).stage is Stage.MERGED
    assert (await says("merge", other, into=ticket.number)).code == "no-target"  # it is closed now
    goes_on = await desk.ticket(other.number)
    assert goes_on
    assert ticket.number in goes_on.notes[0]
    for action in ("reopen", "acknowledge", "start"):
        assert not (await says(action, ticket, STATE if action == "reopen" else BHOPAL_ROOM)).accepted
    back = await says("unmerge", ticket)
    assert (back.accepted, back.stage) == (True, Stage.IN_PROGRESS)
    again = await desk.ticket(ticket.number)
    assert again
    assert (again.merged_into, again.merged_from) == (None, None)
    assert (f"rooms/district-bhopal/tickets/food/{ticket.number}") in dict(await waiting(store))


async def test_citizen_who_says_not_yet_reopens_one_level_up(desk: TicketService, says: Says) -> None:
    ticket = await desk.open(BHOPAL)
    await says("resolve", ticket)
    first = await desk.citizen_answers(ticket.number, "not-yet", "8.1")
    assert first.stage is Stage.REOPENED
    assert await desk.citizen_answers(ticket.number, "not-yet", "8.1") == first
    after = await desk.ticket(ticket.number)
    assert after
    assert after.level == 2
    assert (await desk.citizen_answers(ticket.number, "helped", "8.2")).code == "step"
    await says("resolve", ticket)
    assert (await desk.citizen_answers(ticket.number, "not-yet", "8.1")) == first  # an old answer does nothing twice
    assert (await desk.citizen_answers(ticket.number, "unreached", "8.3")).stage is Stage.UNCONFIRMED
    assert (await desk.citizen_answers(ticket.number, "helped", "8.4")).stage is Stage.CONFIRMED


async def test_note_is_kept_once_whatever_the_stage(desk: TicketService, says: Says) -> None:
    ticket = await desk.open(BHOPAL)
    await says("withdraw", ticket, WARROOM)
    after = await desk.note(ticket.number, "दो बच्चे भी हैं", recordings=new_recordings("a.wav"), by="citizen")
    assert after == await desk.note(ticket.number, "दो बच्चे भी हैं", recordings=new_recordings("a.wav"), by="citizen")
    assert (after.notes, after.recordings, after.stage) == (
        ("citizen: दो बच्चे भी हैं",),
        ("a.wav",),
        Stage.WITHDRAWN,
    )


async def test_change_that_its_hook_cannot_follow_is_not_made(desk: TicketService, says: Says) -> None:
    seen: list[tuple[Stage | None, Stage]] = []

    def hook(_uow: UnitOfWork, before: Ticket | None, after: Ticket) -> None:
        if after.stage is Stage.RESOLVED:
            raise RuntimeError("no clock")
        seen.append((before.stage if before else None, after.stage))

    desk.on_change(hook)
    ticket = await desk.open(BHOPAL)
    await says("start", ticket)
    with pytest.raises(RuntimeError):
        await says("resolve", ticket)
    assert seen == [(None, Stage.ROUTED), (Stage.ROUTED, Stage.IN_PROGRESS)]
    after = await desk.ticket(ticket.number)
    assert after
    assert after.stage is Stage.IN_PROGRESS


@pytest.mark.parametrize(
    "wrong",
    [
        {"command_id": "a b"},
        {"command_id": "a\n"},
        {"ticket": 100000011},
        {"ticket": "१०००००००१"},
        {"action": "delete"},
        {"if_version": "1"},
        {"if_version": 0},
        {"surprise": 1},
        {"note": "x" * 2001},
        {"action": "merge"},
        {"action": "reroute"},
        {"action": "correct", "changes": {}},
        {"action": "correct", "changes": {"stage": "confirmed"}},
        {"action": "correct", "changes": {"name": None}},
        {"action": "correct", "changes": {"people": True}},
        {"action": "propose-reject"},
        {"into": "100000011"},
        {"room": "state"},
        {"action": "withdraw", "whole_cluster": True},
        {"whole_cluster": True, "changes": {"people": 3}},
    ],
)
def test_command_of_wrong_form_is_none(wrong: dict[str, object]) -> None:
    good: dict[str, object] = {"command_id": "c", "ticket": "100000011", "action": "acknowledge"}
    Command.model_validate(good)
    with pytest.raises(ValueError, match="validation error"):
        Command.model_validate(good | wrong)


def test_command_cannot_forge_a_line() -> None:
    command = Command(command_id="c", ticket="100000011", action="note", by="a\nb\x1b[2J", note="एक\nदो\x00\r‍क")
    assert command.by == "a b [2J"
    assert command.note == "एक\nदो \n‍क"  # a carriage return alone ends a line of a note too


def test_every_action_leads_where_some_step_leads_and_has_somebody_who_may() -> None:
    reachable = set().union(*STEPS.values())
    for rule in ACTIONS.values():
        assert rule.to is None or rule.to in reachable
        assert rule.own | rule.anywhere
    assert all(Role.ROOM not in ACTIONS[name].own for name in ("accept-reject", "withdraw", "confirm"))  # type: ignore[index]


@pytest.mark.parametrize(
    ("ahead", "code"),
    [
        (timedelta(minutes=-10), "expected-past"),
        (timedelta(days=-2000), "expected-past"),
        (timedelta(days=400), "expected-far"),
        (timedelta(0), ""),
        (timedelta(days=365), ""),
    ],
)
async def test_help_is_promised_for_a_time_ahead_and_within_a_year(
    desk: TicketService, says: Says, ahead: timedelta, code: str
) -> None:
    ticket = await desk.open(BHOPAL)
    when = (datetime.now(UTC) + ahead).isoformat()
    reply = await says("acknowledge", ticket, changes={"expected_datetime": when})
    assert (reply.code, reply.accepted) == (code, not code)
    assert code == "" or "expected_datetime" in reply.reason_hi


async def test_a_cluster_leaves_out_what_the_war_room_has_still_to_judge(desk: TicketService, says: Says) -> None:
    tickets = [await desk.open(report(f"{i}")) for i in range(3)]
    await says("propose-reject", tickets[1], note="x", reason="not-found")
    assert (await says("resolve", tickets[0], whole_cluster=True)).others == 1
    left = await desk.ticket(tickets[1].number)
    assert left is not None
    assert (left.stage, left.proposed_rejection) == (Stage.ROUTED, "x")

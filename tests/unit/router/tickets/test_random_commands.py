"""Random lives: whatever is said in whatever order, each ticket is in one room and its history explains its stage."""

from __future__ import annotations

import asyncio
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.model.stages import STEPS, Stage
from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from router.tickets.command import ActionName, Command
from router.tickets.service import Answer
from router.tickets.ticket_number import issue
from router.tickets.workflow import CITIZEN, CLOCK, actor_of_room
from tests.support.brokers import expected
from tests.support.stores import new_store, opened_desk, report

if TYPE_CHECKING:
    from router.storage.engines import Location
    from router.tickets.service import TicketService
    from tests.support.postgresql import Server

NUMBERS = [issue(1, serial) for serial in (1, 2, 3)]
ACTORS = [actor_of_room(room) for room in ("district-bhopal", "district-indore", "state")] + [CITIZEN, CLOCK]
MORE = {
    "merge": st.fixed_dictionaries({"into": st.sampled_from(NUMBERS)}),
    "reroute": st.fixed_dictionaries({"room": st.sampled_from(["district-bhopal", "district-indore", "state"])}),
    "call-citizen": st.just({"note": ""}),
    "correct": st.fixed_dictionaries({"changes": st.sampled_from([{"people": 3}, {"zipcode": "452001"}])}),
}


@st.composite
def commands(draw: st.DrawFn) -> tuple[object, Command]:
    action = draw(st.sampled_from(get_args(ActionName)))
    fields = {
        "command_id": draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz")),  # some come twice, some with other content
        "ticket": draw(st.sampled_from(NUMBERS)),
        "action": action,
        "note": "x",
        "if_version": draw(st.none() | st.integers(1, 6)),
        **draw(MORE.get(action, st.just({}))),
    }
    return draw(st.sampled_from(ACTORS)), Command.model_validate(fields)


STEPS_TAKEN = st.lists(
    commands()
    | st.tuples(st.just("call"), st.sampled_from(["1", "2", "3"]), st.integers(1, 5))
    | st.tuples(st.just("answer"), st.sampled_from(NUMBERS), st.sampled_from(get_args(Answer)), st.integers(1, 3)),
    max_size=40,
)


@pytest.mark.long
@settings(max_examples=60)
@given(steps=STEPS_TAKEN)
def test_life_at_random_is_explained_by_its_history(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "s.sqlite"
        path.write_bytes(new_store())
        asyncio.run(_live(path, steps))


@pytest.mark.long
@settings(max_examples=15)  # what differs from one database to the other differs soon
@given(steps=STEPS_TAKEN)
def test_life_at_random_in_postgresql_is_the_same(postgresql: Server, steps: list[tuple[object, ...]]) -> None:
    url = postgresql.migrated()
    try:
        asyncio.run(_live(url, steps))
    finally:
        postgresql.give_back(url)


async def _live(location: Location, steps: list[tuple[object, ...]]) -> None:
    store = Storage(location, RetainedMessages(), timeout_s=30)
    await store.open()
    lying: dict[str, str] = {}
    try:
        async with opened_desk(store) as desk:
            for serial in (1, 2, 3):
                await desk.open(report(f"first/{serial}", phone=f"+9198000000{serial:02d}"))
            for count, step in enumerate(steps):
                await _step(desk, step)
                if count % 3 == 0:
                    await _drain(store, lying)
            await _drain(store, lying)
            tickets = [ticket for number in NUMBERS if (ticket := await desk.ticket(number))]
            assert lying == expected(*tickets, *await desk.tickets())
            for ticket in await desk.tickets(open_only=False):
                history = await desk.history(ticket.number)
                assert [line.version for line in history] == list(range(1, ticket.version + 1))
                assert history[-1].stage == ticket.stage
                for before, after in pairwise(history):
                    moved = after.what.startswith("reroute")
                    assert (before.stage == after.stage and not moved) or Stage(after.stage) in STEPS[
                        Stage(before.stage)
                    ]
                assert (ticket.stage is Stage.MERGED) == (ticket.merged_into is not None)
    finally:
        await store.close()


async def _step(desk: TicketService, step: tuple[object, ...]) -> None:
    match step:
        case ("call", str(phone), int(key)):
            await desk.open(report(f"call/{phone}/{key}", phone=f"+919800000{phone:0>3}", call=f"call-{phone}-{key}"))
        case ("answer", str(number), answer, call):
            await desk.citizen_answers(number, answer, f"c{call}")  # type: ignore[arg-type]
        case (actor, Command() as command):
            first = await desk.command(command, actor=actor)  # type: ignore[arg-type]
            again = await desk.command(command, actor=actor)  # type: ignore[arg-type]
            assert first.model_dump(exclude={"at"}) == again.model_dump(exclude={"at"})


async def _drain(store: Storage, lying: dict[str, str]) -> None:
    """Do what the broker would."""
    rows = await store.write(lambda uow: uow.outbox.advance([], 1000))
    for row in rows:
        if row.payload is None:
            lying.pop(row.topic, None)
        else:
            lying[row.topic] = row.payload
    await store.write(lambda uow: uow.outbox.advance([row.id for row in rows], 1000))

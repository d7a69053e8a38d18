"""The conversation with the real desk on a real store."""

import sqlite3

import pytest

from agi.dialplan import NextAction
from router.model.stages import Stage
from tests.support.ivr_fakes import HANG_UP, MOBILE_E164, RATION, UNIQUEID, simulate_call
from tests.support.stores import opened_desk, opened_store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "warroom.sqlite"


async def test_store_ticket_is_there_when_its_number_is_spoken(tmp_path, path):
    async with opened_store(path) as store, opened_desk(store) as desk:
        talk = await simulate_call(tmp_path, [*RATION, ""], desk=desk)
        (ticket,) = await desk.tickets_of_call(UNIQUEID)
    assert [ticket.service_request_id] == talk.call.tickets
    assert (ticket.room, ticket.stage, ticket.phone) == ("district-bhopal", Stage.ROUTED, MOBILE_E164)
    assert (tmp_path / "kept" / ticket.recordings[0]).exists()


async def test_store_knows_the_place_at_the_next_call(tmp_path, path):
    async with opened_store(path) as store, opened_desk(store) as desk:
        await simulate_call(tmp_path, [*RATION, ""], desk=desk)
        talk = await simulate_call(tmp_path, ["1", "2", "1", "1", "#", ""], desk=desk)
    assert talk.session.asked[2] == ("place-earlier", "district-bhopal", "place-confirm")


async def test_store_keeps_a_call_that_was_cut(tmp_path, path):
    async with opened_store(path) as store:
        async with opened_desk(store) as desk:
            await simulate_call(tmp_path, [*RATION[:-1], HANG_UP], desk=desk)
        async with opened_desk(store) as desk:
            (ticket,) = await desk.tickets_of_call(UNIQUEID)
            row = await desk.call(UNIQUEID)
            assert await desk.unfinished_calls() == []
    assert ticket.recordings
    assert (row.need, row.district, row.outcome) == ("ration", "bhopal", "gone")


async def test_store_locked_speaks_no_number_and_has_the_ticket_later(tmp_path, path):
    async with opened_store(path, timeout_s=0.2) as store, opened_desk(store) as desk:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        talk = await simulate_call(tmp_path, list(RATION), desk=desk)
        other.execute("ROLLBACK")
        other.close()
        await desk.close()
        (ticket,) = await desk.tickets_of_call(UNIQUEID)
    assert talk.session.next is NextAction.MESSAGE
    assert not [name for name in talk.session.heard if name.startswith("number-")]
    assert "told no number" in ticket.status_notes
    assert ticket.room == "district-bhopal"

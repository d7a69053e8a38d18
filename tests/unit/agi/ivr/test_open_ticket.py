"""From the first key to the ticket number, and a second ticket after it."""

import asyncio

import pytest

from agi.dialplan import NextAction
from agi.ivr.engine import run_call
from agi.ivr.steps.ticket import open_ticket
from router.model.stranded import StrandedFacts
from router.storage.errors import StorageUnavailableError
from tests.support.ivr_fakes import (
    MOBILE_E164,
    RATION,
    UNIQUEID,
    FakeDesk,
    flow,
    make_talk,
    names,
    simulate_call,
)

NAME = "20200401T100000Z-1585000000.7-181-hi.wav"


def spoken_in(names):
    return "".join(name.removeprefix("number-") for name in names if name.removeprefix("number-").isdigit())


async def test_ticket_of_a_happy_path(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, ""])
    (report,) = talk.desk.opened.values()
    assert report.source_key == f"{UNIQUEID}/1"
    assert (report.need, report.district, report.zipcode, report.phone) == ("ration", "bhopal", "462001", MOBILE_E164)
    assert (names(report.recordings), report.callback_wanted, report.status_notes) == ((NAME,), True, "")
    assert talk.session.heard[-1] == "goodbye"
    assert talk.session.next is NextAction.HANGUP
    assert talk.session.commands <= 20
    assert talk.desk.kept == {}


async def test_ticket_number_is_spoken_twice_by_threes(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, ""])
    said = talk.session.asked[-1]
    (number,) = talk.call.tickets
    assert spoken_in(said) == number * 2
    first = said[1 : said.index("number-again")]
    assert [name == "silence-half" for name in first] == [False] * 3 + [True] + [False] * 3 + [True] + [False] * 3
    assert said[-3:] == ("number-call-again", "status-near", "again-ask")


async def test_ticket_recording_is_taken_over_after_the_commit(tmp_path):
    await simulate_call(tmp_path, [*RATION, ""])
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [NAME]
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_ticket_is_opened_though_the_recording_cannot_be_moved(tmp_path):
    talk = make_talk(tmp_path, [*RATION, ""])
    (tmp_path / "kept").rmdir()
    await run_call(talk, flow(), lambda _: None)
    assert len(talk.call.tickets) == 1
    assert (tmp_path / "incoming" / NAME).exists()


async def test_ticket_wrong_key_says_the_number_again(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, "7", "*", "2"])
    assert talk.session.asked[-2][0] == "wrong-key"
    assert talk.session.asked[-1] == talk.session.asked[-2]
    assert talk.session.next is NextAction.HANGUP


async def test_ticket_second_one_keeps_place_and_number(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, "1", "3", "1", "", "#", ""])
    first, second = talk.desk.opened.values()
    assert (second.source_key, second.need, names(second.recordings)) == (
        f"{UNIQUEID}/2",
        "gas",
        (NAME.replace("100000Z", "100001Z"),),
    )
    assert (second.district, second.phone, second.zipcode) == (first.district, first.phone, first.zipcode)
    assert names(first.recordings) == (NAME,)
    assert talk.session.heard.count("place-ask") == talk.session.heard.count("callback-ask") == 1
    assert talk.session.heard.count("greeting-181") == 1


async def test_ticket_of_a_stranded_caller_says_which_state(tmp_path):
    talk = await simulate_call(tmp_path, ["4", "1", "400001", "1", "31#", "12#", "", "#", "486001", "1", "1", ""])
    (report,) = talk.desk.opened.values()
    assert (report.need, report.state, report.district, report.zipcode) == ("stranded", "maharashtra", None, "400001")
    assert (report.people, len(report.recordings)) == (12, 1)
    assert report.stranded == StrandedFacts(home_district="rewa", wants=("food", "travel"))


async def test_ticket_of_a_caller_from_another_state_is_the_districts_where_they_are(tmp_path):
    talk = await simulate_call(tmp_path, ["4", "2", "9", "9", "1", "1", "462001", "1", "2#", "#", "", "#", "1", ""])
    (report,) = talk.desk.opened.values()
    assert (report.need, report.state, report.district, report.people) == ("stranded-here", None, "bhopal", None)
    assert report.stranded == StrandedFacts(home_state="bihar", wants=("shelter",))
    assert "home-ask" not in talk.session.heard


@pytest.mark.parametrize(("keyed", "people"), [(["007#"], 7), (["1200#"], 1200), (["48600", "3#"], 3), (["#"], None)])
async def test_ticket_says_how_many_stranded_people_there_are(tmp_path, keyed, people):
    talk = await simulate_call(tmp_path, ["4", "1", "400001", "1", "#", *keyed, "", "#", "", "1", ""])
    (report,) = talk.desk.opened.values()
    assert report.people == people


async def test_ticket_of_a_stranded_caller_on_a_bad_line_needs_the_state_alone(tmp_path):
    talk = await simulate_call(tmp_path, ["4", "1", "400001", "1"])
    (report,) = (talk.desk.opened | talk.desk.kept).values()
    assert (report.state, report.people, report.stranded) == ("maharashtra", None, StrandedFacts())


async def test_ticket_of_something_told_has_both_recordings(tmp_path):
    talk = await simulate_call(tmp_path, ["5", "1", "", "#", "462001", "1", "1", "", "#", ""])
    (report,) = talk.desk.opened.values()
    assert (report.need, len(report.recordings)) == ("information", 2)


async def test_ticket_without_a_number_to_call(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "1", "462001", "1", "", "", "5", ""], caller="")
    (report,) = talk.desk.opened.values()
    assert (report.phone, report.callback_wanted, report.district) == (None, False, "bhopal")


async def test_ticket_store_away_speaks_no_number(tmp_path):
    desk = FakeDesk(fails=StorageUnavailableError("the database is locked", "x", "wait"))
    talk = await simulate_call(tmp_path, list(RATION), desk=desk)
    assert not [name for name in talk.session.heard if name.startswith("number-")]
    assert talk.session.heard[-1] == "sorry-trouble"
    assert talk.session.next is NextAction.MESSAGE
    (report,) = desk.kept.values()
    assert (report.source_key, names(report.recordings)) == (f"{UNIQUEID}/1", (NAME,))


async def test_ticket_hung_store_speaks_no_number(tmp_path, monkeypatch):
    monkeypatch.setattr(open_ticket, "DESK_TIMEOUT_S", 0.0)
    desk = FakeDesk()
    desk.open_or_join = lambda report: asyncio.Event().wait()
    talk = await simulate_call(tmp_path, list(RATION), desk=desk)
    assert talk.session.next is NextAction.MESSAGE
    assert len(desk.kept) == 1


async def test_ticket_progress_is_saved_as_the_call_goes_on(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, ""])
    told = [(row.need, row.district, row.outcome, row.ended is not None) for row in talk.desk.rows]
    assert told[0] == (None, None, "", False)
    assert ("ration", None, "", False) in told
    assert ("ration", "bhopal", "", False) in told
    assert told[-1] == ("ration", "bhopal", "ticket", True)


async def test_ticket_stages_are_the_steps(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, ""])
    assert talk.stages == ["main", "check-food-helpline", "food", "place", "callback", "details", "ticket", "end"]


@pytest.mark.parametrize("helpline", ["181", "104", "warroom"])
async def test_ticket_of_each_helpline(tmp_path, helpline):
    talk = await simulate_call(tmp_path, [*RATION, ""], helpline=helpline)
    assert talk.session.heard[0] == f"greeting-{helpline}"
    assert talk.desk.opened[f"{UNIQUEID}/1"].helpline == helpline


async def test_ticket_offers_the_nearest_places_that_have_it(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, "3"])
    assert talk.session.asked[-1][-2] == "status-near"
    assert talk.stages[-3:] == ["ticket", "nearest", "end"]
    talk = await simulate_call(tmp_path, ["4", "400001", "1", "1", "", "#", "3"])
    assert "status-near" not in talk.session.heard

"""Calls that are cut: at every command, in both languages, by hang-up, by a move, by a fault."""

import pytest

from agi.fastagi.errors import AgiTimeoutError, CallerGoneError, CallMovedError
from agi.ivr.engine import run_call
from tests.support.ivr_fakes import HANG_UP, RATION, UNIQUEID, FakeDesk, flow, make_talk, names, simulate_call

NAME = "20200401T100000Z-1585000000.7-181-hi.wav"
PATHS = {
    "hi": [*RATION, ""],
    "en": ["8", *RATION, ""],
    "names": ["1", "1", "", "4", "2", "1", "2", "9123456789#", "1", "", "#", ""],
    "outside": ["4", "1", "400001", "1", "1#", "2#", "", "#", "462001", "1", "1", ""],
    "emergency": ["9"],
    "human": ["1", "1", "0"],
}
MOST_COMMANDS = 26


@pytest.mark.parametrize("path", PATHS)
async def test_hangup_at_every_command_loses_nothing(tmp_path, path):
    whole = await simulate_call(tmp_path, PATHS[path])
    assert whole.session.commands <= MOST_COMMANDS
    for command in range(1, whole.session.commands + 1):
        talk = await simulate_call(tmp_path, PATHS[path], gone_at=command)
        assert talk.session.next is None
        assert talk.call.need is None
        needs = {row.need for row in talk.desk.rows if row.need}
        assert len(talk.desk.reports) == len(needs) <= 1, f"cut at command {command}"
        assert talk.desk.rows[-1].ended is not None
        assert talk.desk.rows[-1].outcome == ("ticket" if talk.call.tickets else "gone")


async def test_hangup_before_any_need_is_no_ticket(tmp_path):
    talk = await simulate_call(tmp_path, ["1", HANG_UP])
    assert talk.desk.reports == {}


async def test_hangup_with_a_need_and_a_number_goes_to_triage(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "1", HANG_UP])
    (report,) = talk.desk.kept.values()
    assert (report.district, report.phone, report.status_notes) == (
        None,
        "+919812343210",
        "The caller hung up before the end.",
    )


async def test_hangup_with_a_need_and_neither_number_nor_place_is_no_ticket(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "1", HANG_UP], caller="anonymous")
    assert talk.desk.reports == {}


async def test_hangup_while_the_district_is_said_back_keeps_it(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "1", "462001", HANG_UP], caller="anonymous")
    (report,) = talk.desk.kept.values()
    assert report.district == "bhopal"
    assert "not confirmed" in report.status_notes


async def test_hangup_after_a_refused_district_forgets_it(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "1", "462001", "2", HANG_UP])
    (report,) = talk.desk.kept.values()
    assert report.district is None


async def test_hangup_while_speaking_keeps_the_sound(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION[:-1], HANG_UP])
    (report,) = talk.desk.kept.values()
    assert (report.source_key, names(report.recordings)) == (f"{UNIQUEID}/1", (NAME,))
    assert (tmp_path / "incoming" / NAME).exists()


@pytest.mark.parametrize("content", [None, b"", b"R" * 44])
async def test_hangup_before_the_first_word_leaves_no_sound(tmp_path, content):
    talk = make_talk(tmp_path, RATION[:-1])

    async def record(path, *, seconds):
        if content is not None:
            path.with_name(f"{path.name}.wav").write_bytes(content)
        raise CallerGoneError

    talk.session.record = record
    with pytest.raises(CallerGoneError):
        await run_call(talk, flow(), lambda _: None)
    (report,) = talk.desk.kept.values()
    assert report.recordings == ()


async def test_hangup_in_the_second_trouble_books_both(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, "1", "3", "1", HANG_UP])
    assert [report.need for report in talk.desk.reports.values()] == ["gas", "ration"]
    assert set(talk.desk.opened) == {f"{UNIQUEID}/1"}
    assert set(talk.desk.kept) == {f"{UNIQUEID}/2"}


async def test_hangup_after_the_number_books_nothing_more(tmp_path):
    talk = await simulate_call(tmp_path, [*RATION, HANG_UP])
    assert len(talk.desk.opened) == 1
    assert talk.desk.kept == {}
    assert talk.desk.rows[-1].outcome == "ticket"


async def test_moved_call_books_nothing(tmp_path):
    whole = await simulate_call(tmp_path, [*RATION, ""])
    for command in range(1, whole.session.commands + 1):
        talk = make_talk(tmp_path, [*RATION, ""], gone_at=command, error=CallMovedError)
        with pytest.raises(CallMovedError):
            await run_call(talk, flow(), lambda _: None)
        assert talk.desk.kept == {}
        assert talk.desk.rows[-1].ended is None


@pytest.mark.parametrize("fault", [AgiTimeoutError("GET DATA", 5.0), RuntimeError("a bug")])
async def test_fault_books_what_is_known_and_is_raised(tmp_path, fault):
    talk = make_talk(tmp_path, ["1", "1", "462001", "1", fault])
    with pytest.raises(type(fault)):
        await run_call(talk, flow(), lambda _: None)
    (report,) = talk.desk.kept.values()
    assert (report.need, report.district) == ("ration", "bhopal")
    assert talk.session.next is None
    assert talk.desk.rows[-1].outcome == "failed"


async def test_fault_of_the_desk_itself_still_leaves_the_report(tmp_path):
    talk = make_talk(tmp_path, RATION, desk=FakeDesk(fails=RuntimeError("a bug")))
    talk.desk.last_place = make_talk(tmp_path).desk.last_place
    with pytest.raises(RuntimeError):
        await run_call(talk, flow(), lambda _: None)
    assert len(talk.desk.kept) == 1

"""What became of a call that was put through, and the two handlers together."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from agi.admission.caller_limits import CallerLimits
from agi.call_control import dial_results
from agi.call_control.dial_results import DialResultRecorder, describe_result, spoken_key
from agi.calls.conversations import Conversations
from agi.calls.flows import CallsInForce
from agi.calls.incoming import IncomingCallHandler
from agi.ivr import persistence
from agi.settings import RateLimitSettings
from recordings.spool import Spool
from router.intake.service import IntakeService
from router.storage.errors import StorageUnavailableError
from tests.support.ivr_fakes import (
    RATION,
    UNIQUEID,
    FakeBlocks,
    FakeDesk,
    FakeSession,
    destinations,
    flow,
    helplines,
    limited_flow,
    places,
)

QUEUE = "queue-general-hi"


class Stages:
    """A registry that remembers what it was told."""

    def __init__(self):
        self.told = []

    def assign(self, uniqueid, helpline, stage):
        self.told.append((uniqueid, helpline, stage))


def handlers(tmp_path, desk, *, stages=None):
    """The handlers of a new call and of its outcome."""
    for folder in ("incoming", "kept"):
        (tmp_path / folder).mkdir(exist_ok=True)
    intake = IntakeService(desk, places())
    outcomes = DialResultRecorder(desk=desk, intake=intake, now=lambda: datetime.now(UTC))
    in_force = CallsInForce(helplines(), SimpleNamespace(main=flow(), limited=limited_flow()))
    conversations = Conversations(
        desk=desk,
        intake=intake,
        places=places(),
        spool=Spool(tmp_path / "incoming", tmp_path / "kept"),
        in_force=in_force,
        destinations=destinations(),
        outcomes=outcomes,
        notices=None,
    )
    call = IncomingCallHandler(
        conversations=conversations,
        in_force=in_force,
        limits=CallerLimits(FakeBlocks(), RateLimitSettings()),
        callbacks=SimpleNamespace(came_in=lambda _: None, ended=lambda *_, **__: None),
        stages=stages or Stages(),
    )
    return {"call": call.handle, "outcome": outcomes.record}


def after_dial(*args):
    session = FakeSession()
    session.info = SimpleNamespace(uniqueid=UNIQUEID, args=args)
    return session


async def put_through(tmp_path, keys, *tried, desk=None):
    """A call with these keys, and the outcomes of what was tried for it; the desk."""
    desk = desk or FakeDesk()
    made = handlers(tmp_path, desk)
    await made["call"](FakeSession(keys))
    for destination in tried:
        await made["outcome"](after_dial(*destination))
    return desk


async def test_outcome_answered_ends_the_call_and_notes_it(tmp_path):
    desk = await put_through(tmp_path, ["1", "1", "0"], (QUEUE, "ANSWER", "65", ""))
    assert (desk.rows[-1].outcome, desk.rows[-1].need) == ("operator", "ration")
    assert desk.rows[-1].ended is not None
    assert desk.notes == [(desk.numbers[f"{UNIQUEID}/1"], "Spoke with an operator for 65 s.")]
    assert desk.note_keys == [spoken_key(UNIQUEID)]  # by which a later start knows that it is noted


async def test_outcome_opens_no_second_ticket(tmp_path):
    desk = await put_through(tmp_path, ["1", "1", "0"], (QUEUE, "ANSWER", "65", ""))
    assert set(desk.reports) == {f"{UNIQUEID}/1"}


async def test_outcome_of_an_operator_who_is_not_there(tmp_path):
    desk = await put_through(tmp_path, ["1", "1", "0"], (QUEUE, "NOANSWER", "", ""))
    assert desk.rows[-1].outcome == "operator-noanswer"
    assert desk.notes[0][1] == "Nobody answered at an operator (NOANSWER)."
    assert desk.note_keys == [""]  # another may answer


async def test_outcome_of_each_way_of_a_chain_is_noted_and_the_last_one_ends_it(tmp_path):
    desk = await put_through(tmp_path, ["9"], ("emergency", "CHANUNAVAIL", "", QUEUE))
    assert (desk.rows[-1].outcome, desk.rows[-1].ended) == ("emergency-chanunavail", None)
    desk = await put_through(tmp_path, ["9"], ("emergency", "CHANUNAVAIL", "", QUEUE), (QUEUE, "BUSY", "", ""))
    assert [note for _, note in desk.notes] == [
        "Nobody answered at the emergency line (CHANUNAVAIL).",
        "Nobody answered at an operator (BUSY).",
    ]
    assert desk.rows[-1].ended is not None


async def test_outcome_caller_gave_up_while_it_rang(tmp_path):
    desk = await put_through(tmp_path, ["1", "1", "0"], (QUEUE, "CANCEL", "", "line-104"))
    assert desk.rows[-1].ended is not None
    assert desk.notes[0][1] == "The caller hung up while an operator was being rung."


async def test_outcome_after_a_ticket_is_noted_on_it(tmp_path):
    desk = await put_through(tmp_path, [*RATION, "0"], (QUEUE, "ANSWER", "9", ""))
    assert desk.notes == [(desk.numbers[f"{UNIQUEID}/1"], "Spoke with an operator for 9 s.")]


async def test_outcome_after_a_restart_of_the_service(tmp_path):
    desk = FakeDesk()
    await handlers(tmp_path, desk)["call"](FakeSession(["1", "1", "0"]))
    await handlers(tmp_path, desk)["outcome"](after_dial(QUEUE, "ANSWER", "5", ""))
    assert desk.rows[-1].outcome == "operator"
    assert len(desk.notes) == 1


@pytest.mark.parametrize("args", [(), ("operator",), ("nonsense", "x", "-1"), ("emergency", "", "")])
async def test_outcome_of_an_unknown_call_with_strange_arguments(tmp_path, args):
    desk = FakeDesk()
    await handlers(tmp_path, desk)["outcome"](after_dial(*args))
    assert desk.rows == desk.notes == []


async def test_outcome_without_the_store_sends_the_caller_on(tmp_path):
    desk = FakeDesk(fails=StorageUnavailableError("the disk is full", "x", "free some"))
    desk.last_place = FakeDesk().last_place
    await put_through(tmp_path, ["1", "1", "0"], (QUEUE, "NOANSWER", "", ""), desk=desk)
    assert desk.rows[-1].outcome == "operator-noanswer"


async def test_outcome_does_not_wait_for_a_hung_store(tmp_path, monkeypatch):
    monkeypatch.setattr(dial_results, "BOOK_TIMEOUT_S", 0.0)
    monkeypatch.setattr(persistence, "NUMBER_TIMEOUT_S", 0.0)
    desk = FakeDesk()
    desk.open_or_join = lambda report: asyncio.Event().wait()
    await put_through(tmp_path, ["1", "1", "0"], (QUEUE, "NOANSWER", "", ""), desk=desk)


async def test_outcome_remembers_only_so_many_calls(monkeypatch):
    monkeypatch.setattr(dial_results, "MAX_PENDING", 2)
    outcomes = DialResultRecorder(desk=FakeDesk(), intake=None, now=lambda: None)
    for n in range(5):
        outcomes.expect(dial_results.TransferredCall(SimpleNamespace(uniqueid=str(n)), None, ()))
    assert list(outcomes._expected) == ["3", "4"]


def test_outcome_in_words():
    assert describe_result("emergency", "ANSWER", "12") == "Spoke with the emergency line for 12 s."
    assert describe_result("emergency", "ANSWER", "") == "Spoke with the emergency line."
    assert describe_result("line-104", "BUSY", "") == "Nobody answered at helpline 104 (BUSY)."
    assert describe_result("room-district-dhar", "ANSWER", "9") == "Spoke with the control room district-dhar for 9 s."
    assert (
        describe_result("line-104", "SHORT", "2")
        == "Helpline 104 answered and the call was over after 2 s: nobody spoke."
    )
    assert describe_result(QUEUE, "", "") == "Nobody answered at an operator (unknown)."


async def test_handlers_tell_the_registry_each_stage(tmp_path):
    stages = Stages()
    session = FakeSession(["1", "0"], helpline="181")
    await handlers(tmp_path, FakeDesk(), stages=stages)["call"](session)
    assert stages.told == [(UNIQUEID, "181", stage) for stage in ("main", "check-food-helpline", "food", "operator")]


async def test_handlers_unknown_helpline_is_greeted_as_the_war_room(tmp_path):
    session = FakeSession(["0"], helpline="")
    await handlers(tmp_path, FakeDesk())["call"](session)
    assert session.heard[0] == "greeting-warroom"

"""The conversation with a citizen whom we called."""

from __future__ import annotations

import pytest

from agi.dialplan import NextAction
from router.model.stages import Stage
from router.storage.errors import StorageUnavailableError
from tests.support.ivr_fakes import HANG_UP, UNIQUEID, FakeDesk, callback_flow, simulate_call
from tests.unit.agi.ivr.test_my_ticket import ticket

RESOLVED = ticket(stage=Stage.RESOLVED)
REJECTED = ticket(stage=Stage.REJECTED, rejection="not-found")


async def called(tmp_path, keys, about=RESOLVED, **options):
    return await simulate_call(tmp_path, keys, steps=callback_flow(), about=about, **options)


async def test_callback_help_came_is_committed_before_the_thanks(tmp_path):
    talk = await called(tmp_path, ["1"])
    assert talk.desk.answers == [(RESOLVED.number, "helped", UNIQUEID)]
    assert talk.session.heard[:4] == ["silence-half", "callback-hello", "callback-about", "need-ration"]
    assert talk.session.heard[-2:] == ["helped-yes", "goodbye"]
    assert talk.session.next is NextAction.HANGUP


async def test_callback_not_yet_reopens_and_takes_more_words(tmp_path):
    talk = await called(tmp_path, ["2", "", "#"])
    assert talk.desk.answers == [(RESOLVED.number, "not-yet", UNIQUEID)]
    ((number, _, _, recordings),) = talk.desk.notes
    assert (number, len(recordings)) == (RESOLVED.number, 1)
    assert talk.session.heard[-1] == "goodbye"


async def test_callback_nothing_pressed_is_no_answer_and_rings_nobody(tmp_path):
    talk = await called(tmp_path, [])
    assert (talk.desk.answers, talk.call.word) == ([], None)
    assert len(talk.session.asked) == 3
    assert talk.session.next is NextAction.HANGUP


async def test_callback_hang_up_is_no_answer(tmp_path):
    talk = await called(tmp_path, [HANG_UP])
    assert (talk.desk.answers, talk.call.word, talk.desk.reports) == ([], None, {})


async def test_callback_answer_that_cannot_be_written_is_kept_and_not_thanked_for(tmp_path):
    desk = FakeDesk(fails=StorageUnavailableError("locked", tmp_path, "wait"))
    talk = await called(tmp_path, ["1"], desk=desk)
    assert talk.call.word == "helped"
    assert "helped-yes" not in talk.session.heard
    assert "callback-trouble" in talk.session.heard


@pytest.mark.parametrize(("key", "word"), [("1", "told"), ("0", "told"), ("", None), (HANG_UP, None)])
async def test_callback_rejection_is_told_when_a_key_shows_that_somebody_heard(tmp_path, key, word):
    talk = await called(tmp_path, [key], about=REJECTED)
    assert "rejected-not-found" in talk.session.heard
    assert (talk.call.word, talk.desk.answers) == (word, [])
    assert talk.session.next is {"0": NextAction.HUNT, HANG_UP: None}.get(key, NextAction.HANGUP)


@pytest.mark.parametrize(("need", "named"), [("gas", True), ("danger", False), ("sanitary", False)])
async def test_callback_names_no_need_that_others_in_the_household_should_not_hear(tmp_path, need, named):
    talk = await called(tmp_path, ["1"], about=RESOLVED.model_copy(update={"service_code": need}))
    assert (f"need-{need}" in talk.session.heard) is named


async def test_callback_about_a_ticket_that_has_moved_on_ends_at_once(tmp_path):
    talk = await called(tmp_path, ["1"], about=ticket(stage=Stage.CONFIRMED))
    assert (talk.session.asked, talk.desk.answers) == ([], [])
    assert talk.session.heard[-1] == "callback-over"

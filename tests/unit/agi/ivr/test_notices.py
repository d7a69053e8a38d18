"""Notices to the public in a call: before the menu, after the district, and never in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agi.fastagi.errors import PromptMissingError
from agi.ivr.notices import INTRO
from agi.notices.in_force import MAX_NOTICES, NoticesInForce
from router.model.notice import Notice
from tests.support import ivr_fakes
from tests.support.ivr_fakes import HANG_UP, NOW, FakeDesk, simulate_call


class Notices:
    """Published notices, whose sounds are there in both languages unless told otherwise."""

    def __init__(self, *notices, languages=("hi", "en")):
        self.found = list(notices)
        self.languages_there = frozenset(languages)

    async def expire(self):
        return 0

    async def notices(self, **_):
        return self.found

    def languages(self, _):
        return self.languages_there


def notice(number, *districts, **changes):
    values = {
        "id": f"1-00000{number}", "revision": 1, "status": "published", "made": NOW, "published": NOW, "event": "x",
        "event_hi": "x", "text": "x", "text_hi": "x", "districts": districts, "area": "x", "area_hi": "x",
        "starts": NOW - timedelta(hours=1), "ends": NOW + timedelta(hours=1),
    }  # fmt: skip
    return Notice.model_validate(values | changes)


async def in_force(*notices, **options):
    known = Notices(*notices, **options)
    found = NoticesInForce(known, known, lambda: NOW)
    await found.refresh()
    return found


@pytest.fixture(autouse=True)
def sounds(monkeypatch):
    there = {
        language: names | {f"notice-1-00000{n}-1" for n in range(6)} for language, names in ivr_fakes.prompts().items()
    }
    monkeypatch.setattr(ivr_fakes, "prompts", lambda: there)


STATE, BHOPAL = "notice-1-000001-1", "notice-1-000002-1"


async def test_notice_for_the_state_is_told_before_the_menu_and_after_the_way_to_help(tmp_path):
    notices = await in_force(notice(1))
    talk = await simulate_call(tmp_path, ["", HANG_UP], notices=notices)
    assert talk.session.asked[0] == ("greeting-181", "danger", INTRO, STATE)
    assert "greeting-181" not in talk.session.asked[1]
    assert STATE not in talk.session.asked[1]
    assert talk.session.asked[1][0] == "danger"


async def test_key_pressed_meanwhile_is_a_choice_of_the_menu(tmp_path):
    talk = await simulate_call(tmp_path, ["9"], notices=await in_force(notice(1)))
    assert talk.stages[:2] == ["main", "emergency"]
    talk = await simulate_call(tmp_path, ["1", HANG_UP], notices=await in_force(notice(1)))
    assert talk.stages[1] == "check-food-helpline"


async def test_other_language_is_told_it_in_that_language(tmp_path):
    talk = await simulate_call(tmp_path, ["8", "", HANG_UP], notices=await in_force(notice(1)))
    assert [STATE in names for names in talk.session.asked] == [True, True, False]
    assert talk.session.language == "en"


async def test_notice_of_a_district_is_told_once_the_district_is_known(tmp_path):
    notices = await in_force(notice(1), notice(2, "bhopal"), notice(3, "indore"))
    talk = await simulate_call(tmp_path, ["2", "1", "462001", "1", "", HANG_UP], notices=notices)
    asked = [[name for name in names if name.startswith("notice-1")] for names in talk.session.asked]
    assert asked[0] == [STATE]
    assert asked[-2] == [BHOPAL]
    assert talk.session.asked[-2] == (INTRO, BHOPAL)
    assert talk.call.district == "bhopal"


async def test_who_called_before_is_told_at_once_and_not_again(tmp_path):
    desk = FakeDesk(place="bhopal")
    talk = await simulate_call(
        tmp_path, ["2", "1", "1", HANG_UP], notices=await in_force(notice(2, "bhopal")), desk=desk
    )
    told = [names for names in talk.session.asked if BHOPAL in names]
    assert told == [("greeting-181", "danger", INTRO, BHOPAL)]


async def test_sound_that_is_gone_stops_no_call(tmp_path):
    talk = await simulate_call(tmp_path, [PromptMissingError("Read", "gone"), "9"], notices=await in_force(notice(1)))
    assert talk.stages[:2] == ["main", "emergency"]


async def test_callers_hear_few_the_gravest_first_and_only_what_holds_and_can_be_heard():
    found = await in_force(
        notice(1),
        notice(2, severity="Extreme"),
        notice(3, published=NOW + timedelta(seconds=1)),
        notice(4, starts=NOW + timedelta(minutes=1)),
        notice(5, ends=NOW),
    )
    assert found.to_tell("hi", None, ()) == ["notice-1-000002-1", "notice-1-000003-1"]
    assert len(found.to_tell("hi", None, ())) == MAX_NOTICES
    assert found.to_tell("hi", None, {"notice-1-000002-1", "notice-1-000003-1"}) == [STATE]
    silent = await in_force(notice(1), languages=("en",))
    assert silent.to_tell("hi", None, ()) == []
    assert silent.trouble(notice(1))
    assert not found.trouble(notice(1))


async def test_nothing_is_asked_of_the_store_while_no_notice_is_for_a_district(tmp_path):
    desk = FakeDesk(fails=AssertionError("asked"))
    talk = await simulate_call(tmp_path, [HANG_UP], notices=await in_force(notice(1)), desk=desk)
    assert talk.session.asked == [("greeting-181", "danger", INTRO, STATE)]


async def test_who_is_called_by_us_is_told_none(tmp_path):
    talk = await simulate_call(tmp_path, [HANG_UP], notices=await in_force(notice(1)), placed=True)
    assert INTRO not in talk.session.heard

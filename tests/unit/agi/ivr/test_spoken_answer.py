"""The district and the need, said by the caller: what is settled, what is asked again, and what leads to the keys."""

import pytest

from agi.fastagi.errors import AgiCommandError, CallerGoneError
from agi.ivr.context import NoValidInputError, OperatorRequestedError
from agi.ivr.persistence import build_submission
from agi.ivr.steps.ticket.place import PlaceStep
from agi.ivr.steps.ticket.stranded import HomeDistrictStep
from tests.support.ivr_fakes import HANG_UP, FakeAnswers, flow, make_talk

PLACE = PlaceStep(kind="place", next="callback")
SAY = ("place-say", "beep")
AGAIN = ("place-say-again", "beep")
LOUDER = ("place-say-louder", "beep")
IS_REWA = ("place-is", "district-rewa", "place-confirm")


async def talked(tmp_path, keys, *heard, **options):
    """A call that has come through the question for the place: no code, then what the caller does."""
    talk = make_talk(tmp_path, ["#", *keys], answers=FakeAnswers(tmp_path, *heard), **options)
    assert await PLACE.run(talk) == "callback"
    assert not list(tmp_path.glob("*.wav"))
    return talk


def menus_begin(talk):
    return next(place for place, asked in enumerate(talk.session.asked) if "choose-division" in asked)


async def test_district_that_was_said_is_settled_by_yes(tmp_path):
    talk = await talked(tmp_path, ["", "", "1"], "rewa")
    assert (talk.call.district, talk.call.zipcode) == ("rewa", "")
    assert talk.session.asked == [("place-ask",), SAY, IS_REWA]
    assert talk.session.recorded[0].parent == tmp_path


async def test_wrong_one_is_asked_again_and_never_twice_the_same(tmp_path):
    talk = await talked(tmp_path, ["", "", "2", "", "", "1"], "rewa", "sagar")
    assert talk.call.district == "sagar"
    assert talk.session.asked[3] == AGAIN
    talk = await talked(tmp_path, ["", "", "2", "", "", "1", "1", "1"], "rewa", "rewa")
    assert talk.session.asked[4][:2] == ("place-by-menu", "choose-division")
    assert talk.call.district == "indore"


@pytest.mark.parametrize(("heard", "asked"), [("", AGAIN), (None, LOUDER)])
async def test_not_understood_twice_leads_to_the_menus(tmp_path, heard, asked):
    talk = await talked(tmp_path, ["", "", "", "", "1", "1", "1"], heard, heard)
    assert talk.session.asked[1:3] == [SAY, asked]
    assert menus_begin(talk) == 3


async def test_late_workers_lead_to_the_menus_at_once(tmp_path):
    talk = await talked(tmp_path, ["", "", "1", "1", "1"], TimeoutError)
    assert menus_begin(talk) == 2


async def test_nobody_is_asked_while_no_worker_listens(tmp_path):
    talk = make_talk(tmp_path, ["#", "1", "1", "1"], answers=FakeAnswers(tmp_path, questions=()))
    await PLACE.run(talk)
    assert menus_begin(talk) == 1


@pytest.mark.parametrize("key", ["#", "5"])
async def test_key_before_the_beep_leads_to_the_menus(tmp_path, key):
    talk = await talked(tmp_path, [key, "1", "1", "1"])
    assert menus_begin(talk) == 2
    assert not talk.session.recorded


async def test_key_after_the_name_ends_the_recording(tmp_path):
    talk = await talked(tmp_path, ["", "#", "1"], "rewa")
    assert talk.call.district == "rewa"


async def test_key_instead_of_a_name_leads_to_the_menus(tmp_path):
    talk = await talked(tmp_path, ["", "5", "1", "1", "1"], "")
    assert menus_begin(talk) == 2


async def test_star_asks_once_more(tmp_path):
    talk = await talked(tmp_path, ["", "*", "", "", "1"], "rewa")
    assert talk.session.asked[1:4] == [SAY, SAY, IS_REWA]


async def test_zero_leads_to_a_person(tmp_path):
    with pytest.raises(OperatorRequestedError):
        await talked(tmp_path, ["", "0"])
    assert not list(tmp_path.glob("*.wav"))


async def test_hang_up_in_the_recording_leaves_no_file(tmp_path):
    with pytest.raises(CallerGoneError):
        await talked(tmp_path, ["", HANG_UP])
    assert not list(tmp_path.glob("*.wav"))


async def test_full_disk_leads_to_the_menus(tmp_path):
    talk = await talked(tmp_path, ["", AgiCommandError("RECORD FILE", "no"), "1", "1", "1"])
    assert menus_begin(talk) == 2


async def test_hang_up_before_the_yes_books_no_district(tmp_path):
    talk = make_talk(tmp_path, ["#", "", "", HANG_UP], answers=FakeAnswers(tmp_path, "rewa"))
    talk.call.need = "ration"
    with pytest.raises(CallerGoneError):
        await PLACE.run(talk)
    assert build_submission(talk).district is None


async def test_nothing_pressed_at_what_was_said_back_books_nothing(tmp_path):
    talk = make_talk(tmp_path, ["#", "", "", "", "", ""], answers=FakeAnswers(tmp_path, "rewa"))
    with pytest.raises(NoValidInputError):
        await PLACE.run(talk)
    assert talk.call.district is None
    assert not talk.call.place_known


async def test_is_asked_once_in_a_call(tmp_path):
    talk = await talked(tmp_path, ["#", "1", "1", "2", "#", "1", "1", "1"])
    assert [asked for asked in talk.session.asked if SAY[0] in asked] == [SAY]


@pytest.mark.parametrize(("key", "home"), [("1", "rewa"), ("", None), ("2", None)])
async def test_home_of_the_stranded_holds_only_with_a_yes(tmp_path, key, home):
    talk = make_talk(tmp_path, ["#", "", "", key, "#"], answers=FakeAnswers(tmp_path, "rewa"))
    talk.call.need = "stranded"
    await HomeDistrictStep(kind="home-district", next="end").run(talk)
    assert talk.call.home_district == home


async def test_need_that_was_said_leads_on(tmp_path):
    talk = make_talk(tmp_path, ["", "", "1"], answers=FakeAnswers(tmp_path, "water", questions=("need",)))
    assert await flow().steps["main"].run(talk) == "place"
    assert talk.call.need == "water"
    assert talk.session.asked == [
        ("greeting-181", "danger", "need-say", "beep"),
        ("need-is", "need-water", "place-confirm"),
    ]


@pytest.mark.parametrize(("key", "step"), [("9", "emergency"), ("1", "check-food-helpline")])
async def test_keys_of_the_menu_work_instead_of_saying_the_need(tmp_path, key, step):
    talk = make_talk(tmp_path, [key], answers=FakeAnswers(tmp_path, questions=("need",)))
    assert await flow().steps["main"].run(talk) == step


async def test_need_that_is_not_understood_is_asked_by_the_menu(tmp_path):
    answers = FakeAnswers(tmp_path, "", "", questions=("need",))
    talk = make_talk(tmp_path, ["", "", "", "", "3"], answers=answers)
    assert await flow().steps["main"].run(talk) == "fuel"
    assert talk.session.asked[-1][0] == "danger"

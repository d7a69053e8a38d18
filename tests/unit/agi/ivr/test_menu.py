"""The keys of the conversation: choices, 0, *, wrong ones, none."""

import pytest

from agi.dialplan import NextAction
from agi.ivr.context import MAX_ASKS, MAX_REPEATS, TRIES
from tests.support.ivr_fakes import FakeDesk, places, simulate_call


async def test_menu_first_question_says_all_in_one_ask(tmp_path):
    talk = await simulate_call(tmp_path, ["0"])
    assert talk.session.asked == [("greeting-181", "danger", "english-choice", "main-menu", "menu-end")]


async def test_menu_english_goes_on_in_english_and_greets_once(tmp_path):
    talk = await simulate_call(tmp_path, ["8", "0"])
    assert talk.session.language == "en"
    assert talk.session.asked[1] == ("greeting-181", "danger", "hindi-choice", "main-menu", "menu-end")[1:]


async def test_menu_back_to_hindi(tmp_path):
    talk = await simulate_call(tmp_path, ["8", "8", "0"])
    assert talk.session.language == "hi"


async def test_menu_8_is_no_language_key_later(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "8", "0"])
    assert talk.session.language == "hi"
    assert talk.session.asked[-1][0] == "wrong-key"


async def test_menu_star_repeats(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "*", "0"])
    assert talk.session.asked[1] == talk.session.asked[2] == ("food-menu", "menu-end")


async def test_menu_stuck_star_ends_with_a_person(tmp_path):
    talk = await simulate_call(tmp_path, ["*"] * 1000)
    assert talk.session.next is NextAction.HUNT
    assert len(talk.session.asked) == TRIES * (1 + MAX_REPEATS)


async def test_menu_wrong_key_asks_twice_again_then_a_person(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "7", "7", "7"])
    assert [names[0] for names in talk.session.asked[1:]] == ["food-menu", "wrong-key", "wrong-key"]
    assert talk.session.heard[-1] == "human-wait"
    assert talk.session.next is NextAction.HUNT


async def test_menu_no_key_asks_twice_again_then_a_message(tmp_path):
    talk = await simulate_call(tmp_path, ["1"], operators=False)
    assert [names[0] for names in talk.session.asked[1:]] == ["food-menu", "no-key", "no-key"]
    assert talk.session.heard[-1] == "human-none"
    assert talk.session.next is NextAction.MESSAGE


async def test_menu_right_key_after_two_wrong_ones(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "7", "", "2", "0"])
    assert talk.call.newest_need == "cooked-food"


@pytest.mark.parametrize(
    ("keys", "need"),
    [
        ("11", "ration"),
        ("12", "cooked-food"),
        ("13", "fresh"),
        ("14", "water"),
        ("21", "medicine"),
        ("22", "medical"),
        ("23", "sanitary"),
        ("31", "gas"),
        ("32", "petrol"),
        ("33", "diesel"),
        ("41", "stranded"),
        ("42", "stranded-here"),
        ("51", "information"),
        ("52", "other"),
    ],
)
async def test_menu_each_need(tmp_path, keys, need):
    talk = await simulate_call(tmp_path, [*keys, "0"])
    (report,) = talk.desk.reports.values()
    assert (report.need, report.priority) == (need, places().needs[need].priority)


async def test_menu_medical_help_is_urgent_and_offers_an_ambulance(tmp_path):
    talk = await simulate_call(tmp_path, ["2", "2", "1", "0"])
    assert talk.session.asked[2] == ("medical-now",)
    assert talk.desk.reports[f"{talk.call.uniqueid}/1"].priority <= 2
    talk = await simulate_call(tmp_path, ["2", "2", "9"])
    assert talk.session.next is NextAction.HUNT


async def test_menu_human_with_a_need_leaves_a_ticket(tmp_path):
    talk = await simulate_call(tmp_path, ["1", "1", "0"])
    (report,) = talk.desk.kept.values()
    assert (report.need, report.status_notes) == ("ration", "The caller asked for a person.")
    assert talk.session.next is NextAction.HUNT
    assert talk.desk.rows[-1].outcome == "operator"
    assert talk.desk.rows[-1].ended is None


async def test_menu_human_without_a_need_leaves_none(tmp_path):
    talk = await simulate_call(tmp_path, ["0"])
    assert talk.session.next is NextAction.HUNT
    assert talk.desk.reports == {}


async def test_menu_call_has_only_so_many_questions(tmp_path):
    talk = await simulate_call(tmp_path, ["8"] * 1000)
    assert len(talk.session.asked) == MAX_ASKS
    assert talk.session.next is NextAction.HUNT


async def test_emergency_books_danger_before_anything_is_said(tmp_path):
    talk = await simulate_call(tmp_path, ["9"], desk=FakeDesk(place="sehore"))
    (report,) = talk.desk.kept.values()
    assert (report.need, report.priority, report.district, report.phone) == ("danger", 1, "sehore", "+919812343210")
    assert talk.session.heard[-1] == "emergency-wait"
    assert talk.session.next is NextAction.HUNT
    assert [row.need for row in talk.desk.rows] == [None, "danger", "danger"]
    assert report.status_notes.startswith("Danger to life: the caller asked for the emergency line")


@pytest.mark.parametrize(
    ("there", "note", "heard", "next_"),
    [
        ({"emergency": False}, "no emergency line can be rung from here.", "connecting-queue", NextAction.HUNT),
        (
            {"emergency": False, "operators": False, "lines": ("line-104",)},
            "no emergency line can be rung from here.",
            "connecting-line-104",
            NextAction.HUNT,
        ),
        (
            {"emergency": False, "operators": False},
            "no emergency line can be rung from here: call the citizen at once",
            "emergency-nobody",
            NextAction.MESSAGE,
        ),
    ],
)
async def test_emergency_without_emergency_line_says_and_notes_what_happens(tmp_path, there, note, heard, next_):
    talk = await simulate_call(tmp_path, ["9"], desk=FakeDesk(place="sehore"), **there)
    (report,) = talk.desk.kept.values()
    assert note in report.status_notes
    assert talk.session.heard[-1] == heard
    assert "emergency-wait" not in talk.session.heard
    assert talk.session.next is next_


async def test_emergency_of_an_unknown_place_goes_to_the_state(tmp_path):
    talk = await simulate_call(tmp_path, ["9"])
    (report,) = talk.desk.kept.values()
    assert report.district is None


async def test_emergency_withheld_number_is_put_through_without_a_ticket(tmp_path):
    talk = await simulate_call(tmp_path, ["9"], caller="anonymous")
    assert talk.desk.reports == {}
    assert talk.session.next is NextAction.HUNT

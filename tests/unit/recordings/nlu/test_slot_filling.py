"""What of a text goes into a ticket: never over what keys or persons have settled."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from recordings.nlu import Lexicon, fill_slots, understand
from router.model.ticket import Ticket
from router.tickets.opening.create import create_ticket
from router.tickets.routing.rule_file import shipped_rules
from tests.support.stores import BHOPAL, places


@cache
def lexicon() -> Lexicon:
    return Lexicon.load(places())


def ticket(need: str | None = None, district: str | None = None, **changes: object) -> Ticket:
    report = replace(BHOPAL, need=need, district=district, zipcode="")
    made, _ = create_ticket(report, "100000004", datetime(2020, 4, 1, tzinfo=UTC), places(), shipped_rules(places()))
    return made.model_copy(update=changes)


def filled(text: str, of: Ticket, corrected: frozenset[str] = frozenset()) -> dict[str, object]:
    return fill_slots(of, understand(text, lexicon()), corrected=corrected)


def test_everything_unknown_is_filled() -> None:
    text = "भोपाल से बोल रहा हूँ, हम पाँच लोग हैं, दस किलो आटा जल्दी चाहिए, ग्राम ईंटखेड़ी, मंदिर के पास"
    assert filled(text, ticket("listen")) == {
        "service_code": "ration",
        "district": "bhopal",
        "people": 5,
        "quantity": "10 kg",
        "address": "ग्राम ईंटखेड़ी",
        "landmark": "मंदिर के पास",
        "priority": 2,
    }


def test_keys_outrank_words() -> None:
    assert filled("इंदौर में दवाई चाहिए", ticket("ration", "bhopal")) == {}


def test_what_has_a_value_stays() -> None:
    known = ticket("gas", "dhar", people=3, quantity="1 cylinder", address="x", landmark="y", priority=2)
    assert filled("हम पाँच लोग, दस किलो आटा जल्दी, गाँव रामपुर, मंदिर के पास", known) == {}


@pytest.mark.parametrize("field", ["service_code", "district"])
def test_what_a_person_corrected_stays(field: str) -> None:
    found = filled("इंदौर में दवाई चाहिए", ticket("other"), frozenset({field}))
    assert field not in found
    assert found


def test_generic_help_is_no_need() -> None:
    assert filled("मदद चाहिए", ticket("listen")) == {}


@pytest.mark.parametrize("text", ["हमें भोपाल जाना है", "भोपाल में और सागर में राशन नहीं", "सीधी सड़क है", "चाकू की धार"])
def test_unsure_district_is_left_to_the_state_room(text: str) -> None:
    assert "district" not in filled(text, ticket("ration"))


def test_stranded_elsewhere_gets_the_state() -> None:
    assert filled("हम दस मजदूर गुजरात में फंसे हैं रीवा जाना है", ticket("listen")) == {
        "service_code": "stranded",
        "state": "gujarat",
        "people": 10,
    }


def test_haste_makes_high_never_emergency() -> None:
    assert filled("तुरंत भेजिए", ticket("ration")) == {"priority": 2}
    assert filled("तुरंत भेजिए", ticket("water")) == {}


def test_danger_half_heard_is_not_danger() -> None:
    words = "पिताजी बेहोश हैं"
    sure = understand(words, lexicon(), word_confidence=[1.0, 1.0, 1.0])
    doubtful = understand(words, lexicon(), word_confidence=[1.0, 0.6, 1.0])
    assert fill_slots(ticket("listen"), sure)["service_code"] == "danger"
    assert "service_code" not in fill_slots(ticket("listen"), doubtful)

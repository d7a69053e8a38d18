"""What a citizen's text asks for."""

from __future__ import annotations

import pytest

from router.intake.sms.receiving.meaning import language_of_text, read_meaning

STATUS = (
    "100000013",
    "status 100000013",
    "STATUS: 100000013",
    "Ticket 100 000 013",
    "स्थिति १००००००१३",
    "टिकट नंबर 100000013 की स्थिति",
    "100000013 ka status",
    "mera ticket 100-000-013?",
    "१००० ०००१३",
)
REQUESTS = (
    "पानी नहीं आ रहा",
    "paani nahi aa raha",
    "no water in ward 5",
    "my number is 9812340001",
    "9812340001",
    "100000013 aur 100000024",
    "stop the water, it comes into the house",
    "बंद दुकान राशन नहीं देती",
    "hello",
    "",
    "haan bhai ghar mein aag lagi hai jaldi aao",
    "ration nahi mila",
    "😀",
    "x" * 2000,
)


@pytest.mark.parametrize("text", STATUS)
@pytest.mark.parametrize("asked", [True, False])
def test_a_number_asks_for_its_state(text: str, asked: bool) -> None:
    assert read_meaning(text, asked=asked) == ("status", "100000013")


@pytest.mark.parametrize("text", REQUESTS)
def test_everything_else_is_a_request(text: str) -> None:
    meaning = read_meaning(text, asked=False)
    assert meaning == ("request", "")


def test_a_text_that_names_a_ticket_tells_more_of_it() -> None:
    assert read_meaning("100000013 ward 5, mandir ke paas, paani", asked=False) == ("request", "100000013")


@pytest.mark.parametrize("text", ["1", "१", "1.", "haan", "हाँ", "हां", "yes", "मिल गई", "haan mil gayi hai", "जी मिली"])
def test_yes_is_an_answer(text: str) -> None:
    assert read_meaning(text, asked=True).kind == "yes"


@pytest.mark.parametrize(
    "text",
    ["2", "२", "no", "NO!", "नहीं", "nahi mili", "अभी तक नहीं मिली", "paani nahi aaya", "haan par nahi mili", "not yet"],
)
def test_no_is_an_answer_and_wins(text: str) -> None:
    assert read_meaning(text, asked=True).kind == "no"


@pytest.mark.parametrize("text", ["Ok", "thank you", "kab aayega", "मदद चाहिए", "12", "22"])
def test_what_is_no_clear_answer_closes_nothing(text: str) -> None:
    assert read_meaning(text, asked=True).kind == "request"


def test_an_answer_may_name_its_ticket() -> None:
    assert read_meaning("2 100000013", asked=True) == ("no", "100000013")
    assert read_meaning("100000013 हाँ", asked=True) == ("yes", "100000013")


@pytest.mark.parametrize("text", ["STOP", "stop.", "sms band karo", "बंद करें", "Stop sms please", "UNSUBSCRIBE"])
def test_stop_in_words_of_its_own(text: str) -> None:
    assert read_meaning(text, asked=True) == ("stop", "")
    assert read_meaning(text, asked=False) == ("stop", "")


def test_start_ends_it() -> None:
    assert read_meaning("start", asked=False) == ("start", "")
    assert read_meaning("शुरू करो", asked=False) == ("start", "")


def test_the_language_of_an_answer() -> None:
    assert language_of_text("पानी nahi", "en") == "hi"
    assert language_of_text("There is no water in the house", "hi") == "en"
    assert language_of_text("paani nahi aa raha", "hi") == "hi"
    assert language_of_text("100000013", "en") == "en"

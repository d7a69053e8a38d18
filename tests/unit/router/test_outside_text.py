"""Text from outside."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.outside_text import clean, shown


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("राशन नहीं मिला", "राशन नहीं मिला"),
        ("क्\u200dष र्\u200cय", "क्\u200dष र्\u200cय"),  # the joiners belong to the spelling
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("a\x1b[31mb\x00c", "a [31mb c"),
        ("\u202eevil\u202c \u2066x\u2069\u200f", "evil x"),
        ("\ufeffमदद\u200b", "मदद"),
        ("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        ("\u200e \u3164\ufe0f\n\u2800", ""),
        ("👍🏽", "👍🏽"),
        ("", ""),
    ],
)
def test_clean(text: str, kept: str) -> None:
    assert clean(text) == kept


@given(st.text())
def test_clean_leaves_nothing_that_steers_and_is_done_in_one_go(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept
    assert not {c for c in kept if unicodedata.category(c) == "Cc"} - {"\n"}
    assert not {c for c in kept if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"}}


@given(st.text(st.characters()))
def test_shown_can_be_written_and_steers_no_terminal(text: str) -> None:
    seen = shown(text)
    seen.encode()
    assert not {c for c in seen if unicodedata.category(c) in ("Cc", "Cs")} - {"\n"}


def test_shown_spells_out_what_steers() -> None:
    assert shown("\x1b[2J\u202e[/x] हिंदी\u200d") == "\\x1b[2J\\u202e[/x] हिंदी\u200d"

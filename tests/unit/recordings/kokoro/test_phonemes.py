"""Texts as the signs that Kokoro speaks, by the real espeak-ng."""

from __future__ import annotations

import pytest

from recordings.kokoro.phonemes import phonemes
from recordings.kokoro.reading import pieces
from recordings.kokoro.synthesis import MAX_SIGNS


def test_marks_are_kept_and_the_flap_is_no_full_stop() -> None:
    signs = phonemes("राजगढ़, बड़वानी।", "hi")
    assert signs.count("ɽ") == 2
    assert signs.count(",") == signs.count(".") == 1
    assert signs.endswith(".")


@pytest.mark.parametrize("text", ["भोपाल", "चाय", "झाबुआ", "oxygen चाहिए", "For English, press eight."])
def test_no_tie_and_no_language_is_left(text: str) -> None:
    assert not set(phonemes(text, "hi")) & set("^()-")


def test_long_texts_are_divided_and_nothing_is_lost() -> None:
    signs = ". ".join(["namaste bhopal"] * 60)
    divided = list(pieces(signs))
    assert len(divided) > 1
    assert all(0 < len(piece) <= MAX_SIGNS for piece in divided)
    assert "".join(divided).replace(" ", "") == signs.replace(" ", "")

"""Makes a text that somebody typed fit for a voice: digits as they are dictated, nothing that cannot be said."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from agi.prompts.text_files import read_texts
from agi.prompts.tts import speaker_of
from router.digits import plain
from router.outside_text import clean

GROUP: Final = 5
"""Digits said in one breath, at most: mobile numbers in India are dictated as five and five."""

_ADDRESSES: Final = re.compile(r"\S*(?:://|www\.)\S*|\S+@\S+\.\w+", re.IGNORECASE)
"""Of pages and mailboxes: nobody can write one down from hearing."""
_RUPEES: Final = re.compile(r"(?:₹|\bRs\.?)\s*([0-9][0-9,.]*[0-9]|[0-9])", re.IGNORECASE)
_DATE_OR_DIGITS: Final = re.compile(
    r"(?P<date>(?<![0-9])[0-9]{1,2}([./-])[0-9]{1,2}\2[0-9]{2,4}(?![0-9]))"
    r"|(?P<phone>(?<![0-9])(?:\+91[ -]?)?(?P<digits>[0-9](?:[ -]?[0-9]){7,13})(?![0-9]))"
    r"|(?P<code>[0-9]{6,})"
)
"""A date; digits with blanks or hyphens between them, as telephone numbers are written; digits without: a PIN code."""
_KEPT: Final = frozenset(".,?!:;()'\"-%।॥ \u200c\u200d")


def speakable(text: str) -> str:
    """Return a text as it is given to a voice; empty when it holds nothing that can be said.

    Telephone numbers and codes become the words of their digits, in equal groups. Addresses on the internet, and
    signs that a voice would spell out or take for a command, are left out.
    """
    written = unicodedata.normalize("NFC", " ".join(clean(text).split()))
    written = "".join(char if char in _KEPT or char.isalpha() else plain(char) for char in written)
    written = _ADDRESSES.sub(" ", written)
    language = speaker_of(written)
    written = _RUPEES.sub(r"\1 रुपये" if language == "hi" else r"\1 rupees", written)
    written = _DATE_OR_DIGITS.sub(lambda found: _as_dictated(found, language), written)
    said = " ".join("".join(char if _can_be_said(char) else " " for char in written).split())
    return said if any(char.isalnum() for char in said) else ""


def _as_dictated(found: re.Match[str], language: str) -> str:
    if found["date"]:
        return found[0]
    digits = [char for char in found["digits"] or found["code"] if char.isdigit()]
    words = [_digit_words(language)[int(digit)] for digit in digits]
    groups = -(-len(words) // GROUP)
    size = -(-len(words) // groups)
    return ", ".join(" ".join(words[at : at + size]) for at in range(0, len(words), size))


@cache
def _digit_words(language: str) -> tuple[str, ...]:
    texts = read_texts(f"numbers_{language}.toml")
    return tuple(texts[f"number-{digit}"] for digit in range(10))


def _can_be_said(char: str) -> bool:
    return char.isalnum() or char in _KEPT or unicodedata.category(char).startswith("M")

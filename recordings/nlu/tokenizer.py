"""Splits a text into words, each with its spellings, its position and the pause before it."""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import IntEnum
from typing import NamedTuple

from recordings.nlu.phonetic_key import fold, phonetic_key

MAX_CHARS = 4_000
"""A message of five minutes, spoken fast; the rest is not read, so that time is bounded."""

_WORD = re.compile(
    r"\[unk\]|<unk>|\[…\]"  # a recogniser's marks for unknown words
    r"|\d+(?:,\d{2,3})*(?:\.\d+)?"
    "|(?:[^\\W\\d_\u0964\u0965]|[\u0900-\u0963\u0970-\u097f\u200c\u200d]|(?<=\\w)['’](?=\\w))+"
)
_UNKNOWN = ("[unk]", "<unk>", "[…]")
_END = re.compile("[.?!;:।॥\n]")


class Pause(IntEnum):
    """The text before a word."""

    NONE = 0
    COMMA = 1
    END = 2


class Word(NamedTuple):
    """One word of a text.

    Attributes:
        text: As it stands.
        form: Folded spelling; "" for a word the recogniser did not know.
        key: Sound key.
        chunk: Which of the parts between blanks it belongs to, for the recogniser's confidences.
        pause: The text before it.
    """

    text: str
    form: str
    key: str
    chunk: int
    pause: Pause


def tokenize(text: str) -> list[Word]:
    """Cut a text into words; never fails."""
    text = text[:MAX_CHARS]
    starts = [chunk.start() for chunk in re.finditer(r"\S+", text)]
    found: list[Word] = []
    behind = 0
    for match in _WORD.finditer(text):
        plain = match[0].replace("’", "'")
        form = "" if plain in _UNKNOWN else fold(plain)
        chunk = bisect_right(starts, match.start()) - 1
        found.append(
            Word(match[0], form, phonetic_key(plain) if form else "", chunk, _pause(text[behind : match.start()]))
        )
        behind = match.end()
    return found


def _pause(between: str) -> Pause:
    if _END.search(between):
        return Pause.END
    return Pause.COMMA if "," in between else Pause.NONE

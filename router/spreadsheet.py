"""Escapes text in CSV files that are opened, saved and imported again with a spreadsheet.

A spreadsheet guesses what a cell is: ``+919812345670`` loses its plus, ``00123`` its zeros, ``3/4`` becomes a day,
``1E5`` a hundred thousand, ``True`` ``TRUE``, and ``=…`` is run. An apostrophe before such a text keeps it, in Excel
and in LibreOffice Calc; it is seen in the cell, and is still there when the file is saved. `unguarded` takes it off.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MARK: Final = "\ufeff"
"""First in the file: without it Excel reads UTF-8 as the machine's own code page, and Devanagari as noise."""

_GUARD = "'"
_BEGINS = re.compile(r"\s*['=+\-@#\t\r＝＋－＠＃]")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,10}", re.ASCII)  # Excel shows, and so saves, eleven digits
_WORDS = re.compile(r"[^\W\d_]+")
_MAX_CHARS = 60  # characters; a longer text is no number, no day and no time
_WHOLE_CELLS = frozenset({"true", "false"})
_IN_NUMBERS = frozenset({"a", "am", "e", "inr", "p", "pm", "rs", "t", "z"})
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
_MONTHS_HI = (
    "जन", "फर", "फ़र", "मार्च", "अप्रै", "मई", "जून", "जुल", "अग", "सित", "अक्", "अक्टू", "नव", "दिस",
)  # fmt: skip
_MIN_CHARS = 3  # letters by which a month is known


def guarded(text: str) -> str:
    """Return a text so that a spreadsheet keeps it, with an apostrophe where it would make it something else."""
    return _GUARD + text if _is_taken_for_another(unicodedata.normalize("NFKC", text)) else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given, or a person guarded by hand; any other text is returned as it is."""
    inner = text.removeprefix(_GUARD)
    return inner if guarded(inner) == text or _WHOLE.fullmatch(inner) else text


def _is_taken_for_another(text: str) -> bool:
    if _BEGINS.match(text) or text.strip().casefold() in _WHOLE_CELLS:
        return True
    if len(text) > _MAX_CHARS or not any(c.isdigit() for c in text) or _WHOLE.fullmatch(text):
        return False
    return all(_may_be_in_a_number(word) for word in _WORDS.findall(_bare(text.casefold())))


def _bare(text: str) -> str:
    """Leave out vowel signs, which Python's patterns take for the end of a word."""
    return "".join(c for c in text if unicodedata.category(c)[0] != "M")


def _may_be_in_a_number(word: str) -> bool:
    month = len(word) >= _MIN_CHARS and any(name.startswith(word) for name in _MONTHS)
    return word in _IN_NUMBERS or month or word.startswith(tuple(map(_bare, _MONTHS_HI)))

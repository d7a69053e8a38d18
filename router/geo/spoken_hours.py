"""Converts opening hours in Hindi or English words to the notation of `router.geo.opening_hours`."""

from __future__ import annotations

import re
from typing import Final

_CLOCK: Final = r"(\d{1,2})((?:[:.]\d{2})?)"
_PARTS: Final = re.compile(
    r"(?:(?P<morning>सुबह|प्रात(?:ः|:)?(?:काल)?|सवेरे|सबेरे|\bmorning\b)|(?P<noon>दोपहर|\bafternoon\b)"
    r"|(?P<evening>शाम|सायं(?:काल)?|संध्या|\bevening\b)|(?P<night>रात्रि|रात|\bnight\b))"
    rf"\s*(?:के|को|में|at|from)?\s*{_CLOCK}(?![\d:.])"
)
_NIGHT_BEGINS, _NOON = 6, 12
_DAYS: Final = (  # longer names before their beginnings
    (r"सोमवार|सोम", "mo"),
    (r"मंगलवार|मंगल", "tu"),
    (r"बुधवार|बुध", "we"),
    (r"गुरुवार|गुरूवार|गुरु|बृहस्पतिवार|वीरवार", "th"),
    (r"शुक्रवार|शुक्र", "fr"),
    (r"शनिवार|शनि", "sa"),
    (r"रविवार|इतवार|रवि", "su"),
)
_WORDS: Final = tuple(
    (re.compile(said), sign)
    for said, sign in (
        *_DAYS,
        (r"दिन[- ]*रात|चौबीसों? घंटे", "24/7"),
        (r"घंटे|घण्टे|घंटा", "hours"),
        (r"हर दिन|प्रतिदिन|रोज\u093c?ाना|रोज\u093c?|सभी दिन|सातों दिन|\b7 days\b", "daily"),
        (r"\bweekdays\b|\bworking days\b", "mo-fr"),
        (r"अवकाश|छुट्टी", "बंद"),
        (r"\s(?:एवं|और|तथा|व)\s", ", "),
        (r"बजे|तक|खुला", " "),
        (r"\b12\s*noon\b|\bnoon\b", "12:00"),
        (r"\b12\s*midnight\b|\bmidnight\b", "24:00"),
    )
)


def in_signs(text: str) -> str:
    """Return hours with digits and signs for words for parts of a day: ``सुबह 9 से शाम 5`` is ``9am से 5pm``.

    Args:
        text: Casefolded, its digits ASCII. Other words stay.
    """
    for said, sign in _WORDS:
        text = said.sub(sign, text)
    return _PARTS.sub(_clock, text)


def _clock(found: re.Match[str]) -> str:
    hour, minutes = int(found[5]), found[6]
    if not 1 <= hour <= _NOON:
        return f"{hour}{minutes}"
    if found["night"] and hour == _NOON:
        return f"24{minutes or ':00'}"
    morning = found["morning"] or (found["night"] and hour < _NIGHT_BEGINS)
    return f"{hour}{minutes}{'am' if morning else 'pm'}"

"""Finds quantities, and the number of people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from recordings.nlu.entities import Entity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recordings.nlu.lexicon import Match
    from recordings.nlu.utterance import Sentence

MAX_DIGITS = 5
"""A longer row of digits is a telephone number, a PIN code or a card, not an amount."""

MAX_PEOPLE = 2_000
"""More in one message is a slip of the recogniser; a room would send a train."""

SPOKEN_DIGITS = 3
"""So many single digits in a row are a number being spelt out ("नौ आठ सात"), not amounts."""

QUANTITY_SCORE = 0.95
TIME_SCORE = 0.85  # "दो दिन का": rather a store for two days than two days ago
PERSONS_SCORE = 0.95
FAMILY_SCORE = 0.85  # "परिवार में पाँच": the word for people is missing

_NUMERAL = re.compile(r"[0-9]+(\.[0-9]+)?")
_MAX_QUANTITY = 1_000_000  # nothing is multiplied beyond it
_HUNDRED, _LARGE = 100, (100, 1000, 100_000)
_HALVES = {"साढे": 0.5, "सवा": 0.25, "sadhe": 0.5, "saadhe": 0.5, "sawa": 0.25, "sava": 0.25}


class SpokenNumber(NamedTuple):
    """A number as it was spoken.

    Attributes:
        start: Index of its first word.
        stop: Index behind its last word.
        least: Its value; the lower one of "दो तीन".
        most: The same, or the higher one.
    """

    start: int
    stop: int
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.least:g}" if self.least == self.most else f"{self.least:g}-{self.most:g}"


def numbers(sentence: Sentence) -> list[SpokenNumber]:
    """Return the numbers of a text; spelt-out telephone numbers are left out."""
    found: list[SpokenNumber] = []
    row: list[tuple[int, int, float]] = []
    for start, stop, value in [*_parts(sentence), (-1, -1, 0.0)]:
        if row and (row[-1][1] != start or sentence.words[start].pause):
            found += _composed(row)
            row = []
        row.append((start, stop, value))
    return found


def _parts(sentence: Sentence) -> Iterator[tuple[int, int, float]]:
    """Number words and numerals, one by one."""
    taken = {match.start: match for match in sentence.matches}
    for at, word in enumerate(sentence.words):
        digits = word.form.replace(",", "")
        if _NUMERAL.fullmatch(digits):
            if len(digits) <= MAX_DIGITS:
                yield at, at + 1, float(digits)
        elif word.form in _HALVES:
            yield at, at + 1, _HALVES[word.form] / 1000  # marked by being tiny; see _composed
        elif (match := taken.get(at)) and (value := _value(sentence, match)) is not None:
            yield match.start, match.stop, value


def _value(sentence: Sentence, match: Match) -> float | None:
    kinds = ("english-number",) if sentence.is_english and _is_latin(sentence, match) else ("number", "english-number")
    entry = sentence.find(match, *kinds)
    return None if entry is None else float(entry.value)


def _is_latin(sentence: Sentence, match: Match) -> bool:
    return sentence.words[match.start].text.isascii()


def _composed(row: list[tuple[int, int, float]]) -> Iterator[SpokenNumber]:
    """Put neighbours together: 1 100 50 is 150, "साढ़े तीन" is 3.5, "दो तीन" is 2 to 3."""
    if len(row) >= SPOKEN_DIGITS and all(value < 10 and value == int(value) for _, _, value in row):  # noqa: PLR2004
        return
    at = 0
    while at < len(row):
        start, stop, value = row[at]
        extra = 0.0
        if 0 < value < 0.001 and at + 1 < len(row):  # noqa: PLR2004 - "साढ़े" or "सवा"
            extra, at = value * 1000, at + 1
            _, stop, value = row[at]
        total, at = value, at + 1
        while (
            at < len(row)
            and total < _MAX_QUANTITY
            and (row[at][2] in _LARGE or (total % _HUNDRED == 0 < total and row[at][2] < total))
        ):
            total = total * row[at][2] if row[at][2] in _LARGE else total + row[at][2]
            stop, at = row[at][1], at + 1
        if at < len(row) and total < row[at][2] <= total * 2 + 5 and total == int(total) and not extra:
            yield SpokenNumber(start, row[at][1], total, row[at][2])
            at += 1
        else:
            yield SpokenNumber(start, stop, total + extra, total + extra)


def quantities(sentence: Sentence) -> list[Entity]:
    """Return amounts with their units, in the order spoken; times only where they say how long a store should last."""
    found = []
    for number in numbers(sentence):
        match = _match_behind(sentence, number.stop)
        if match is None or not number.most:
            continue
        if unit := sentence.find(match, "measure"):
            value = f"{number} {unit.value}"
            found.append(sentence.finding("quantity", value, number.start, match.stop, QUANTITY_SCORE * match.fit))
        elif (unit := sentence.find(match, "time")) and _is_store(sentence, number, match):
            value = f"{number} {unit.value}"
            found.append(sentence.finding("quantity", value, number.start, match.stop, TIME_SCORE * match.fit))
    return found


def _is_store(sentence: Sentence, number: SpokenNumber, unit: Match) -> bool:
    """Whether a time says how much: "दो दिन का राशन", "milk for two days"; not "दो दिन से"."""
    after, before = _match_behind(sentence, unit.stop), _match_ahead(sentence, number.start)
    if after and "since" in after.entries:
        return False
    if after and "for" in after.entries:
        return True
    if before is None or "for-before" not in before.entries:
        return False
    named = _match_ahead(sentence, before.start)
    if named is None or not {"thing", "measure"} & named.entries.keys():
        return False
    missed = any(match.entries.keys() & {"not", "lack"} for match in sentence.matches if match.stop <= named.start)
    return not missed  # "no milk for two days"


def people(sentence: Sentence) -> list[Entity]:
    """Return how many people: a total that is said, else the sum of those that "और" joins, else the largest number."""
    counts: list[tuple[int, Entity]] = []  # where it ends
    for number in numbers(sentence):
        found = _persons(sentence, number) or _family(sentence, number)
        if found and number.most == int(number.most) and 1 <= number.most <= MAX_PEOPLE:
            counts.append(found)
    counts = sorted([*counts, *_without_number(sentence)], key=lambda count: count[0])
    if not counts:
        return []
    said = [finding for _, finding in counts]
    if len(said) > 1 and all(_joined(sentence, stop) for stop, _ in counts[:-1]):
        total = str(sum(int(finding.value) for finding in said))
        return [Entity("people", total, " + ".join(f.words for f in said), min(f.score for f in said))]
    return [max(said, key=lambda finding: int(finding.value))]


def _persons(sentence: Sentence, number: SpokenNumber) -> tuple[int, Entity] | None:
    """Counted people: "पाँच लोग", "5 छोटे बच्चे"."""
    for at in (number.stop, number.stop + 1):
        match = _match_behind(sentence, at)
        if match and "person" in match.entries:
            score = PERSONS_SCORE * match.fit
            return match.stop, sentence.finding("people", f"{number.most:g}", number.start, match.stop, score)
        if match and match.entries.keys() & {"measure", "time", "clock"}:
            return None
    return None


def _family(sentence: Sentence, number: SpokenNumber) -> tuple[int, Entity] | None:
    """A counted family: "परिवार में पाँच", "हम पाँच हैं", "family of six"; not "हम दो दिन से"."""
    before, behind = _match_ahead(sentence, number.start), _match_behind(sentence, number.stop)
    if before is None or "family" not in before.entries:
        return None
    if behind and behind.entries.keys() & {"measure", "time", "clock", "thing", "families"}:
        return None
    value = f"{number.most:g}"
    return number.stop, sentence.finding("people", value, before.start, number.stop, FAMILY_SCORE * before.fit)


def _without_number(sentence: Sentence) -> Iterator[tuple[int, Entity]]:
    """One or two, said without a number: "हम दोनों", "अकेली", "पति पत्नी"."""
    for match in sentence.matches:
        for sign, value in (("both", "2"), ("alone", "1")):
            if sign in match.entries:
                score = FAMILY_SCORE * match.fit
                yield match.stop, sentence.finding("people", value, match.start, match.stop, score)


def _joined(sentence: Sentence, at: int) -> bool:
    return at < len(sentence.words) and sentence.words[at].form in ("और", "aur", "and", "व", "तथा")


def _match_behind(sentence: Sentence, at: int) -> Match | None:
    """Return the match that starts at word `at`, unless a pause lies between."""
    if at >= len(sentence.words) or sentence.words[at].pause:
        return None
    return next((match for match in sentence.matches if match.start == at), None)


def _match_ahead(sentence: Sentence, at: int) -> Match | None:
    """Return the match that ends before word `at`, unless a pause lies between."""
    if at >= len(sentence.words) or sentence.words[at].pause:
        return None
    return next((match for match in sentence.matches if match.stop == at), None)

"""Reads the tables of the lexicon and reports every mistake with its file and line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from recordings.nlu.tokenizer import Word, tokenize
from router.errors import ConfigError
from router.geo.csv_table import CsvRow, known, read_table, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from importlib.resources.abc import Traversable

    from router.geo import Places

NEED_KINDS = ("thing", "trouble")
"""A thing is lacked ("no milk"), a trouble is suffered ("no fever" is good news)."""

PLACE_KINDS = ("district", "state")
UNIT_KINDS = ("measure", "time", "clock")
"""``time`` measures a store ("ration for two days"), ``clock`` only how long ago something was."""

SIGNS = (
    "not", "is", "got", "want", "hope", "lack", "over", "glue", "but", "have", "urgent",
    "person", "family", "families", "alone", "both", "since", "for", "for-before",
    "here", "here-before", "toward", "toward-before", "village-before", "village-after", "near", "near-before",
    "hindi", "english", "ordinary",
)  # fmt: skip

OWN_NAME_SCORE = 0.97
"""Of the names in the tables of places and needs themselves."""

_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
_SCORE = re.compile(r"0\.[0-9]{1,2}|1(\.0)?")
_LATIN = re.compile(r"[\x00-\u024f]+")
_NOT_ASKED_FOR = ("other", "listen")  # nobody asks for "other help" or for "a message to listen to"


class LexiconError(ConfigError):
    """The tables of the lexicon cannot be used as they are."""


class LexiconEntry(NamedTuple):
    """One phrase and one of its meanings.

    Attributes:
        kind: ``thing``, ``trouble`` (needs), ``district``, ``state``, ``number``, ``english-number``, ``measure``,
            ``time``, ``clock`` (units), or a sign.
        value: The need's, district's or state's id; the number; the unit; "" for a sign.
        score: How surely the phrase means this.
        phrase: Its words.
    """

    kind: str
    value: str
    score: float
    phrase: tuple[Word, ...]

    @property
    def is_latin(self) -> bool:
        """Whether it is written in Latin letters."""
        return all(_LATIN.fullmatch(word.text) for word in self.phrase)


def read_entries(source: Traversable, places: Places) -> list[LexiconEntry]:
    """Read all tables.

    Raises:
        LexiconError: With every problem.
    """
    problems: list[str] = []
    entries = [
        *_needs(source, places, problems),
        *_places(source, places, problems),
        *_units(source, problems),
        *_numbers(source, problems),
        *_signs(source, problems),
    ]
    if problems:
        raise LexiconError(problems)
    return [*entries, *_own_names(places, {(entry.kind, _spelling(entry)) for entry in entries})]


def _needs(source: Traversable, places: Places, problems: list[str]) -> Iterator[LexiconEntry]:
    seen = _Seen()
    for row in read_table(source, "needs.csv", ("need", "kind", "score", "phrases"), problems) or ():
        need = _id(row, "need", places.needs, "router/geo/data/needs.csv")
        kind = row.one_of("kind", NEED_KINDS)
        score = _score(row)
        for phrase in _phrases(row, "phrases"):
            seen.check(row, phrase, need)
            yield LexiconEntry(kind, need, score, phrase)


def _places(source: Traversable, places: Places, problems: list[str]) -> Iterator[LexiconEntry]:
    seen = _Seen()
    for row in read_table(source, "places.csv", ("kind", "id", "score", "phrases"), problems) or ():
        kind = row.one_of("kind", PLACE_KINDS)
        ids: Collection[str] = places.states if kind == "state" else places.districts
        value = _id(row, "id", ids, f"router/geo/data/{'states' if kind == 'state' else 'districts'}.csv")
        score = _score(row)
        for phrase in _phrases(row, "phrases"):
            seen.check(row, phrase, value)
            yield LexiconEntry(kind, value, score, phrase)


def _units(source: Traversable, problems: list[str]) -> Iterator[LexiconEntry]:
    seen = _Seen()
    for row in read_table(source, "units.csv", ("unit", "kind", "phrases"), problems) or ():
        unit = row.id("unit")
        kind = row.one_of("kind", UNIT_KINDS)
        for phrase in _phrases(row, "phrases"):
            seen.check(row, phrase, unit)
            yield LexiconEntry(kind, unit, 1.0, phrase)


def _numbers(source: Traversable, problems: list[str]) -> Iterator[LexiconEntry]:
    seen = _Seen()
    for row in read_table(source, "numbers.csv", ("number", "hi", "roman", "en"), problems) or ():
        number = row.text("number")
        if _NUMBER.fullmatch(number) is None:
            row.bad(f"number {shown(number)} is not a number such as 25 or 0.5")
        for column, kind in (("hi", "number"), ("roman", "number"), ("en", "english-number")):
            for phrase in _phrases(row, column, may_be_empty=True):
                seen.check(row, phrase, number)
                yield LexiconEntry(kind, number, 1.0, phrase)


def _signs(source: Traversable, problems: list[str]) -> Iterator[LexiconEntry]:
    for row in read_table(source, "signs.csv", ("sign", "phrases"), problems) or ():
        sign = row.one_of("sign", SIGNS)
        for phrase in _phrases(row, "phrases"):
            yield LexiconEntry(sign, "", 1.0, phrase)


def _own_names(places: Places, written: set[tuple[str, tuple[str, ...]]]) -> Iterator[LexiconEntry]:
    """The names in the tables of places and needs; a line of the lexicon for the same words goes before."""
    named = [
        *(("district", district.id, name) for district in places.districts.values() for name in _both(district)),
        *(("state", state.id, name) for state in places.states.values() for name in _both(state)),
        *(
            ("thing", need.id, name)
            for need in places.needs.values()
            if need.id not in _NOT_ASKED_FOR
            for name in _both(need)
        ),
    ]
    for kind, value, name in named:
        entry = LexiconEntry(kind, value, OWN_NAME_SCORE, tuple(tokenize(name)))
        if (kind, _spelling(entry)) not in written and ("trouble", _spelling(entry)) not in written:
            yield entry


def _both(named: object) -> tuple[str, str]:
    return named.name, named.name_hi  # type: ignore[attr-defined]  # districts, states and needs all have both


def _spelling(entry: LexiconEntry) -> tuple[str, ...]:
    return tuple(word.form for word in entry.phrase)


def _id(row: CsvRow, column: str, ids: Collection[str], table: str) -> str:
    value = row.id(column)
    if not known(ids, value):
        row.bad(f"unknown {column} {shown(value)}; expected an id of {table}")
    return value


def _score(row: CsvRow) -> float:
    value = row.text("score")
    if _SCORE.fullmatch(value) is None or float(value) == 0:
        row.bad(f"score {shown(value)} is not a number from 0.01 to 1")
        return 0.0
    return float(value)


def _phrases(row: CsvRow, column: str, *, may_be_empty: bool = False) -> Iterator[tuple[Word, ...]]:
    cell = row.text(column)
    if not cell and may_be_empty:
        return
    for text in cell.split(";"):
        phrase = tuple(word._replace(chunk=0) for word in tokenize(text))
        if not phrase or any(not word.key for word in phrase):
            row.bad(f"{column}: {shown(text)} is not a phrase; expected words separated by '; '")
        else:
            yield tuple(word._replace(pause=phrase[0].pause) for word in phrase)


class _Seen:
    """Notes a phrase that stands for two different things in one table."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], tuple[str, int]] = {}

    def check(self, row: CsvRow, phrase: tuple[Word, ...], value: str) -> None:
        key = tuple(word.form for word in phrase)
        first, line = self._seen.setdefault(key, (value, row.line))
        if first != value:
            text = " ".join(word.text for word in phrase)
            row.bad(f"{shown(text)} already means {first!r} in line {line}; take it out of one of the two lines")

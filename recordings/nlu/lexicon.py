"""The lexicon: phrases and their meaning from tables an admin may change, matched by spelling or sound."""

from __future__ import annotations

from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from recordings.nlu.lexicon_loader import LexiconEntry, LexiconError, read_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from recordings.nlu.tokenizer import Word
    from router.geo import Places

__all__ = ["Lexicon", "LexiconEntry", "LexiconError", "Match"]

SAME_SOUND = 0.97
"""How well a word fits that only sounds like the lexicon's: spelt otherwise, but no letter is wrong."""

MIN_FUZZY_LENGTH = 5
"""Sounds of a word that may be matched with a wrong letter: shorter words turn into other words too easily."""

MIN_SIMILARITY = 0.8
"""One wrong vowel in five letters: vowels are what spelling and recognisers lose first."""

MIN_CONSONANT_SIMILARITY = 0.85
"""One wrong letter in seven where the consonants differ too."""

MIN_PLACE_SIMILARITY = 0.87
"""One wrong letter in eight: villages have names like districts (Ramgarh, Rajgarh), and a wrong room is worse than
none. Where only vowels differ, `LEAST_SIMILAR` is enough."""

_PLACES = frozenset({"district", "state"})
_EXACT_ONLY = frozenset({"number", "english-number"})  # half of the numbers are one letter from another number
_UNSTEADY = str.maketrans("", "", "aeiouyh")  # what spelling and recognisers lose first


class Match(NamedTuple):
    """Words that the lexicon knows.

    Attributes:
        start: Index of the first word.
        stop: Index behind the last.
        entries: Their meanings, by kind.
        fit: 0 to 1, how well they fit the lexicon's spelling.
    """

    start: int
    stop: int
    entries: Mapping[str, LexiconEntry]
    fit: float


_NOTHING: Mapping[str, LexiconEntry] = MappingProxyType({})


class Lexicon:
    """Phrases by spelling and by sound; immutable once loaded.

    Args:
        entries: Of all tables.
        places: The districts and states they name.

    Attributes:
        places: The same.
    """

    def __init__(self, entries: Iterable[LexiconEntry], places: Places) -> None:
        entries = list(entries)
        self.places = places
        self._forms: dict[tuple[str, ...], dict[str, LexiconEntry]] = {}
        self._sounds: dict[tuple[str, ...], dict[str, LexiconEntry]] = {}
        kinds: dict[str, set[str]] = {}
        for entry in entries:
            self._forms.setdefault(tuple(word.form for word in entry.phrase), {}).setdefault(entry.kind, entry)
            for word in entry.phrase:
                kinds.setdefault(word.key, set()).add(entry.kind)
        latin = [entry for entry in entries if entry.is_latin]
        for entry in latin:
            self._sounds.setdefault(_keys(entry.phrase), {}).setdefault(entry.kind, entry)
        taken = set(self._sounds)  # a word written in Latin letters means what the table says, whatever it sounds like
        for entry in entries:
            if not entry.is_latin and _keys(entry.phrase) not in taken:
                self._sounds.setdefault(_keys(entry.phrase), {}).setdefault(entry.kind, entry)
        self._known = frozenset(word.form for entry in entries for word in entry.phrase)
        self._keys = frozenset(kinds)
        self._strict = frozenset(key for key, of in kinds.items() if of <= _PLACES)
        self._fuzzy: dict[str, list[str]] = {}
        for key, of in sorted(kinds.items()):
            if len(key) >= MIN_FUZZY_LENGTH and not of & _EXACT_ONLY:
                self._fuzzy.setdefault(key[0], []).append(key)
        self._longest = max((len(entry.phrase) for entry in entries), default=0)
        self._nearest: dict[str, tuple[str, float]] = {}

    @classmethod
    def load(cls, places: Places, directory: Path | None = None) -> Lexicon:
        """Read the tables; the names of districts, states and needs come from `places` by themselves.

        Args:
            places: Districts, states and needs that the tables may name.
            directory: Where the tables lie; None for those that come with the program.

        Raises:
            LexiconError: With every problem of every table, each with file and line.
        """
        source: Traversable = files("recordings.nlu").joinpath("data") if directory is None else directory
        return cls(read_entries(source, places), places)

    def matches(self, words: list[Word]) -> list[Match]:
        """Return the known phrases of a text from left to right, at each place the longest."""
        nearest = [self._near(word) for word in words]
        found: list[Match] = []
        at = 0
        while at < len(words):
            match = self._at(words, nearest, at)
            if match:
                found.append(match)
            at = match.stop if match else at + 1
        return found

    def _at(self, words: list[Word], nearest: list[tuple[str, float]], at: int) -> Match | None:
        for length in range(min(self._longest, len(words) - at), 0, -1):
            here = words[at : at + length]
            if any(word.pause for word in here[1:]):
                continue
            entries = self._forms.get(tuple(word.form for word in here))
            if entries:
                return Match(at, at + length, entries, 1.0)
            if length == 1 and here[0].form in self._known:
                return None  # a word that is known is not taken for another that sounds like it
            entries = self._sounds.get(tuple(key for key, _ in nearest[at : at + length]))
            if entries:
                fit = min(fit for _, fit in nearest[at : at + length])
                return Match(at, at + length, entries, fit)
        return None

    def _near(self, word: Word) -> tuple[str, float]:
        """Return the key of the known word that a word is, sounds like or resembles, and how well it fits."""
        if word.form in self._known:
            return word.key, 1.0
        if word.key in self._keys:
            return word.key, SAME_SOUND
        if len(word.key) < MIN_FUZZY_LENGTH or word.key[0].isdigit():
            return word.key, 0.0
        kept = self._nearest.get(word.key)
        if kept is None:
            kept = self._resembling(word.key)
            if len(self._nearest) < _CACHE_SIZE:
                self._nearest[word.key] = kept
        return kept

    def _resembling(self, key: str) -> tuple[str, float]:
        candidates = self._fuzzy.get(key[0], [])
        found = process.extract(
            key, candidates, scorer=OSA.normalized_similarity, score_cutoff=MIN_SIMILARITY, limit=_CANDIDATES
        )
        for near, similarity, _ in found:
            if similarity >= self._least(near, key):
                return near, float(similarity) * SAME_SOUND
        return key, 0.0

    def _least(self, near: str, key: str) -> float:
        """How similar a word must be to be taken for the known word `near`."""
        if near.translate(_UNSTEADY) == key.translate(_UNSTEADY):
            return MIN_SIMILARITY
        return MIN_PLACE_SIMILARITY if near in self._strict else MIN_CONSONANT_SIMILARITY


_CANDIDATES = 4
_CACHE_SIZE = 20_000  # words seen and their nearest: some 2 MB


def _keys(phrase: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(word.key for word in phrase)

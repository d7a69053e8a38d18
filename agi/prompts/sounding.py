"""The words of prompts as they are given to the voice, in its signs, and the words that sound most like each."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import Levenshtein

from agi.prompts.tts import speaker_of, spoken_text
from agi.prompts.voices import KOKORO
from recordings.kokoro.phonemes import phonemes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Said = dict[str, set[str]]
"""Word -> the ways in which it is said, in the signs of the voice, without stress."""

_WORD: Final = re.compile("[\u0900-\u0963\u0970-\u097f\u200c\u200d]+|[A-Za-z][A-Za-z'’]*")
_SIGNS: Final = re.compile(r"[^\s.,?!;:—…]+")
_STRESS: Final = str.maketrans("", "", "ˈˌ")


def words_of(text: str) -> list[str]:
    """Return the words of a text, in small letters, without digits."""
    return [word.lower() for word in _WORD.findall(text)]


def pronunciations(texts: Iterable[str]) -> Said:
    """Return how the words of texts are said: as the voice is told to within each text, which changes some of them.

    Where the voice is told two words as one ("of the"), or one as two, they are as in other texts, or as by themselves.

    Raises:
        NoPhonemesError: espeak-ng is missing or failed.
    """
    said: defaultdict[str, set[str]] = defaultdict(set)
    kept = list(texts)
    for text in kept:
        words, signs = words_of(text), _signs_of(text)
        if len(words) == len(signs):
            for word, sign in zip(words, signs, strict=True):
                said[word].add(sign)
    for word in {word for text in kept for word in words_of(text)} - said.keys():
        said[word].add("".join(_signs_of(word)))
    return dict(said)


def neighbours(said: Mapping[str, Iterable[str]], most: int) -> dict[str, list[str]]:
    """Return for each word those of the same language that sound most like it, the nearest first, no homophones."""
    found: dict[str, list[str]] = {}
    for word, ways in said.items():
        others = (
            (min(Levenshtein.normalized_distance(way, its) for way in ways for its in said[other]), other)
            for other in said
            if speaker_of(other) == speaker_of(word)
        )
        found[word] = [other for distance, other in sorted(others) if distance > 0][:most]
    return found


def _signs_of(text: str) -> list[str]:
    """Return the signs of a text's words, as espeak-ng divides it."""
    language = KOKORO[speaker_of(text)].id.partition("/")[2]
    return _SIGNS.findall(phonemes(spoken_text(text), language).translate(_STRESS))

"""How words are said: the sounds of their spelling, of other ways to say them, and as English."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from recordings.kokoro.phonemes import phonemes
from recordings.model_building.ipa import spelled_sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recordings.model_building.vocabulary import Vocabulary

_AT_ONCE: Final = 40  # words a start of espeak-ng
_OTHER_WAY: Final = 0.3
"""How often a word is said in one of its other ways, for each time that it is said as it is spelt."""


def pronunciations_of(vocabulary: Vocabulary) -> dict[str, dict[str, float]]:
    """Return for each word how often it is said with which sounds (blanks between), for `lexicon.lexicon`."""
    spellings = {word: _spellings(word, vocabulary) for word in vocabulary.words}
    sounds = _sounds(sorted({spelling for ways in spellings.values() for spelling in ways}))
    said: dict[str, dict[str, float]] = {}
    for word, ways in spellings.items():
        counts: defaultdict[str, float] = defaultdict(float)
        for spelling, often in ways.items():
            counts[sounds[spelling]] += often
        said[word] = dict(counts)
    return said


def _spellings(word: str, vocabulary: Vocabulary) -> dict[str, float]:
    """Return what a word is spoken from, and how often each."""
    ways = {word: 1.0} | dict.fromkeys(vocabulary.said_as.get(word, ()), _OTHER_WAY)
    return ways | {vocabulary.english[word]: 1.0} if word in vocabulary.english else ways


def _sounds(spellings: Sequence[str]) -> dict[str, str]:
    """Return the sounds of each spelling. espeak-ng says a word the same way among others."""
    found: dict[str, str] = {}
    for start in range(0, len(spellings), _AT_ONCE):
        some = spellings[start : start + _AT_ONCE]
        signs = phonemes(" ".join(some), "hi").split()
        if len(signs) != len(some):  # an abbreviation is several words to it
            signs = [phonemes(spelling, "hi").replace(" ", "") for spelling in some]
        found |= {
            spelling: " ".join(one.sound for one in spelled_sounds(word))
            for spelling, word in zip(some, signs, strict=True)
        }
    return found

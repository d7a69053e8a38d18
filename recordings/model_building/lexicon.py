"""The pronunciations of each word, counted from the synthesiser's output."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from recordings.model_building.errors import UnheardWordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_RARE: Final = 0.04  # of a word's recordings: a slip of the synthesiser, not a pronunciation
_AT_MOST: Final = 6  # pronunciations of a word


class Entry(NamedTuple):
    """One pronunciation of a word.

    Attributes:
        word: The word.
        sounds: Names of sounds, as in `phones.SOUNDS`.
        cost: Minus the logarithm of how often it is said, against the commonest.
    """

    word: str
    sounds: tuple[str, ...]
    cost: float


def lexicon(words: Iterable[str], heard: Mapping[str, Mapping[str, float]]) -> list[Entry]:
    """Return the pronunciations of the words, the commonest of each first.

    Args:
        words: The vocabulary.
        heard: For each word, how often which sounds (with blanks between) were heard.

    Raises:
        UnheardWordError: If words were never heard: the corpus is too small.
    """
    entries: list[Entry] = []
    unheard: list[str] = []
    for word in words:
        counts = sorted(heard.get(word, {}).items(), key=lambda item: -item[1])[:_AT_MOST]
        if not counts:
            unheard.append(word)
            continue
        most, total = counts[0][1], sum(heard[word].values())
        kept = [(sounds, count) for sounds, count in counts if count >= _RARE * total]
        entries += [Entry(word, tuple(sounds.split()), -math.log(count / most)) for sounds, count in kept]
    if unheard:
        raise UnheardWordError(f"never spoken in the corpus: {' '.join(unheard)}: make more parts")
    return entries

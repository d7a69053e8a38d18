"""What is read to the network: phrases, and words that no phrase has, so that it learns sounds and not a list."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from recordings.model_building.vocabulary import made_up_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from recordings.model_building.vocabulary import Vocabulary

_ENGLISH: Final = 0.4  # of the words that callers borrow: spoken as English


class Text(NamedTuple):
    """Something to be read.

    Attributes:
        phrases: Words as they are written for espeak-ng, phrase by phrase.
        words: The same words as the vocabulary has them.
        kind: "phrase", "random" (words of the vocabulary), "wide" (any words), "one", "list" or "pseudo" (no words).
    """

    phrases: list[list[str]]
    words: list[str]
    kind: str


class Texts:
    """Draws texts.

    Args:
        vocabulary: The words and phrases of the models.
        more: Words besides.
    """

    def __init__(self, vocabulary: Vocabulary, more: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._more = more

    def draw(self, rng: np.random.Generator) -> Text:
        """Return the next text."""
        kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
        phrases = getattr(self, f"_{kind}")(rng)
        english = self._vocabulary.english
        spelled = [
            [english[word] if word in english and rng.random() < _ENGLISH else word for word in phrase]
            for phrase in phrases
        ]
        return Text(spelled, [word for phrase in phrases for word in phrase], kind)

    def _phrase(self, rng: np.random.Generator) -> list[list[str]]:
        return [self._vocabulary.phrase(rng) for _ in range(rng.integers(1, 4))]

    def _random(self, rng: np.random.Generator) -> list[list[str]]:
        return [self._vocabulary.random_words(rng, 2, 6) for _ in range(rng.integers(1, 3))]

    def _wide(self, rng: np.random.Generator) -> list[list[str]]:
        return [self._any_words(rng, 2, 6) for _ in range(rng.integers(1, 3))]

    def _one(self, rng: np.random.Generator) -> list[list[str]]:
        return [self._word(rng)]

    def _list(self, rng: np.random.Generator) -> list[list[str]]:
        return [self._word(rng) for _ in range(rng.integers(3, 7))]

    def _pseudo(self, rng: np.random.Generator) -> list[list[str]]:
        return [made_up_words(rng) for _ in range(2)]

    def _word(self, rng: np.random.Generator) -> list[str]:
        return self._vocabulary.random_words(rng, 1, 1) if rng.random() < 0.5 else self._any_words(rng, 1, 1)

    def _any_words(self, rng: np.random.Generator, fewest: int, most: int) -> list[str]:
        return [self._more[int(place)] for place in rng.integers(len(self._more), size=rng.integers(fewest, most + 1))]


_KINDS: Final = {"phrase": 0.40, "random": 0.12, "wide": 0.18, "one": 0.10, "list": 0.12, "pseudo": 0.08}
"""Kind of text -> its share."""


def spoken_words() -> list[str]:
    """Return words that are said to the network besides the vocabulary."""
    return files("recordings.model_building").joinpath("data/spoken_words.txt").read_text("utf-8").split()

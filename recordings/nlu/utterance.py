"""A text as the lexicon sees it: words, known phrases, language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recordings.nlu.entities import Entity
from recordings.nlu.tokenizer import Pause, tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recordings.nlu.entities import Field
    from recordings.nlu.lexicon import Lexicon, Match
    from recordings.nlu.lexicon_loader import LexiconEntry
    from recordings.nlu.tokenizer import Word

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole text, or the words of a recogniser.

    Attributes:
        words: Its words.
        matches: The known phrases, from left to right, not overlapping.
        confidences: How surely each word was heard, 0 to 1.
        is_english: Whether the words in Latin letters are English, not romanised Hindi.
    """

    words: Sequence[Word]
    matches: Sequence[Match]
    confidences: Sequence[float]
    is_english: bool

    @classmethod
    def read(
        cls, text: str, lexicon: Lexicon, *, language_hint: str | None, word_confidence: Sequence[float] | None
    ) -> Sentence:
        """Cut a text and look its words up.

        Raises:
            ValueError: `word_confidence` has not one number for each word between blanks.
        """
        words = tokenize(text)
        chunks = len(text.split())
        if word_confidence is not None and len(word_confidence) != chunks:
            raise ValueError(f"{len(word_confidence)} confidences for {chunks} words; expected one for each word")
        confidences = [1.0 if word_confidence is None else word_confidence[word.chunk] for word in words]
        matches = lexicon.matches(words)
        return cls(words, matches, confidences, _is_english(matches, language_hint))

    def find(self, match: Match, *kinds: str) -> LexiconEntry | None:
        """Return the first of a match's meanings that is of these kinds."""
        return next((match.entries[kind] for kind in kinds if kind in match.entries), None)

    def text(self, start: int, stop: int) -> str:
        """Return words as they stand, joined by blanks."""
        return " ".join(word.text for word in self.words[start:stop])

    def heard(self, start: int, stop: int) -> float:
        """Return how surely the least sure of these words was heard."""
        return min(self.confidences[start:stop], default=1.0)

    def finding(self, field: Field, value: str, start: int, stop: int, score: float) -> Entity:
        """Make a finding of these words; `score` is without the recogniser's confidence."""
        heard = self.heard(start, stop)
        return Entity(field, value, self.text(start, stop), round(max(0.0, min(score * heard, 1.0)), 3))

    def matches_at(self, at: int) -> Match | None:
        """Return the match that word number `at` belongs to."""
        return next((match for match in self.matches if match.start <= at < match.stop), None)

    def ends_before(self, at: int) -> bool:
        """Whether a sentence ends before word number `at`, or the text."""
        return at <= 0 or at >= len(self.words) or self.words[at].pause == Pause.END


def _is_english(matches: Sequence[Match], hint: str | None) -> bool:
    """Words that only one of the two languages has decide; the hint does where they do not."""
    english = sum("english" in match.entries for match in matches)
    hindi = sum("hindi" in match.entries for match in matches)
    return hint == ENGLISH if english == hindi else english > hindi

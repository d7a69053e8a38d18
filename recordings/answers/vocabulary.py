"""What may be answered to a question: the lexicon's phrases that a model knows, and what each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from recordings.nlu.lexicon_loader import read_entries
from recordings.nlu.phonetic_key import fold
from recordings.transcription.vosk_model import words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from recordings.nlu.lexicon_loader import LexiconEntry
    from router.geo import Places

Question: TypeAlias = Literal["district", "need"]

KINDS: Final[Mapping[Question, tuple[str, ...]]] = {"district": ("district",), "need": ("thing", "trouble")}
"""The kinds of phrases of the lexicon that answer a question."""

AROUND: Final[Mapping[Question, tuple[str, ...]]] = {
    "district": (
        "मैं", "हम", "जी", "हाँ", "से", "में", "का", "की", "के", "है", "हूँ", "मेरा", "हमारा", "जिला", "जिले", "शहर",
        "गाँव", "तहसील", "मैं", "बोल रहा हूँ", "बोल रही हूँ", "मेरा जिला", "जिले से", "में हूँ", "नमस्ते", "district",
    ),
    "need": (
        "मुझे", "हमें", "हमारे", "घर", "में", "को", "की", "का", "के", "लिए", "है", "नहीं", "नहीं है", "चाहिए", "जी", "मेरे",
        "खत्म", "हो गया", "मदद", "बच्चे", "नमस्ते", "need",
    ),
}  # fmt: skip
"""What callers say before and behind the answer itself."""

UNKNOWN: Final = "[unk]"
"""How Vosk writes a word that is none of the grammar's."""

SURE: Final = 0.5
"""Confidence from which an answer is worth being asked back."""


class HeardWord(NamedTuple):
    """A word as a recogniser heard it, and its confidence, 0 to 1."""

    word: str
    confidence: float


class Understood(NamedTuple):
    """What an answer means: the id of a district or need, and how sure that is, 0 to 1."""

    meaning: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The answers to one question as one model can hear them.

    Attributes:
        meanings: Of each phrase, in the model's own spelling, the id it stands for.
        around: What may be said around them.
    """

    meanings: Mapping[tuple[str, ...], str]
    around: tuple[str, ...]

    @property
    def grammar(self) -> list[str]:
        """What the recogniser is narrowed to."""
        return [*(" ".join(phrase) for phrase in self.meanings), *self.around, UNKNOWN]

    @property
    def known(self) -> frozenset[str]:
        """The ids that can be heard."""
        return frozenset(self.meanings.values())

    def understand(self, words: Sequence[HeardWord]) -> Understood | None:
        """Return the surest of the answers in what was heard; None when there is none, or none that is sure enough."""
        best = max(self._answers(words), key=lambda answer: answer.confidence, default=None)
        return best if best is not None and best.confidence >= SURE else None

    def _answers(self, words: Sequence[HeardWord]) -> Iterator[Understood]:
        """From left to right, at each word the longest phrase that begins with it."""
        longest = max(map(len, self.meanings), default=0)
        at = 0
        while at < len(words):
            for length in range(min(longest, len(words) - at), 0, -1):
                said = words[at : at + length]
                meaning = self.meanings.get(tuple(each.word for each in said))
                if meaning is not None:
                    yield Understood(meaning, sum(each.confidence for each in said) / length)
                    at += length - 1
                    break
            at += 1


def read_vocabularies(
    places: Places, model: Path, questions: Mapping[Question, Collection[str]]
) -> dict[Question, Vocabulary]:
    """Return the answers to each question in the words of a model. Blocks.

    Args:
        places: Districts and needs.
        model: The folder of the model.
        questions: The ids that may be answered to each.

    Raises:
        LexiconError: The tables of the lexicon have mistakes.
        ModelError: The model's words cannot be read.
    """
    spellings: dict[str, list[str]] = {}
    for word in words_of(model):
        spellings.setdefault(fold(word), []).append(word)
    entries = read_entries(files("recordings.nlu").joinpath("data"), places)
    return {question: _vocabulary(question, wanted, entries, spellings) for question, wanted in questions.items()}


def _vocabulary(
    question: Question,
    wanted: Collection[str],
    entries: Iterable[LexiconEntry],
    spellings: Mapping[str, Sequence[str]],
) -> Vocabulary:
    meanings: dict[tuple[str, ...], str] = {}
    for entry in entries:
        if entry.kind in KINDS[question] and entry.value in wanted:
            for phrase in _spelt([word.form for word in entry.phrase], spellings):
                meanings.setdefault(phrase, entry.value)
    around = {" ".join(spelt) for each in AROUND[question] for spelt in _spelt([*map(fold, each.split())], spellings)}
    return Vocabulary(meanings, tuple(sorted(around)))


def _spelt(forms: Sequence[str], spellings: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """A phrase as the model spells it; nothing when one of its words is none of the model's."""
    if all(form in spellings for form in forms):
        yield tuple(spellings[form][0] for form in forms)

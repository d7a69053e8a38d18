"""The words of the models and sentences of them: what `data/` has in two parts.

`vocabulary.toml` and `phrases.txt` are what the small model hears; `wide.toml` and `sentences.txt` add the words and
sentences of the large one.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from recordings.model_building.errors import NoModelError, VocabularyError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from pathlib import Path

    import numpy as np

UNKNOWN: Final = "[unk]"
"""The model's output for a word outside its vocabulary."""

_DATA: Final = files("recordings.model_building").joinpath("data")
_SMALL: Final = ("vocabulary.toml", "phrases.txt")
_WIDE: Final = ("wide.toml", "sentences.txt")
_IN_A_ROW: Final = (0.5, 0.3, 0.2)  # how often one, two and three phrases make an utterance
_CONSONANTS: Final = "क ख ग घ च छ ज झ ट ठ ड ढ त थ द ध न प फ ब भ म य र ल व श स ह".split()
_VOWEL_SIGNS: Final = ("", "", "ा", "ा", "ि", "ी", "ु", "ू", "े", "ै", "ो", "ौ", "ां")


@dataclass(frozen=True)
class Vocabulary:
    """Lists of entries, phrases with slots for them, and English spellings.

    Attributes:
        lists: Entries by the name of their slot; an entry may have several words.
        phrases: What callers say; `{name}` stands for an entry of that list.
        english: English spelling of a word that callers borrow.
        said_as: Other ways to say a word, in the spelling of their sound.
    """

    lists: Mapping[str, Sequence[str]]
    phrases: Sequence[str]
    english: Mapping[str, str]
    said_as: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        slots = {part[1:-1] for phrase in self.phrases for part in phrase.split() if part.startswith("{")}
        if unknown := slots - set(self.lists):
            raise VocabularyError(f"phrases: no list in vocabulary.toml or wide.toml for {sorted(unknown)}")
        for table, words in (("english", self.english), ("said_as", self.said_as)):
            if unknown := set(words) - set(self.words):
                raise VocabularyError(f"vocabulary: [{table}] has words that are in no list: {sorted(unknown)}")

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word, sorted."""
        listed = {word for entries in self.lists.values() for entry in entries for word in entry.split()}
        said = {part for phrase in self.phrases for part in phrase.split() if not part.startswith("{")}
        return tuple(sorted(listed | said))

    @cached_property
    def _drawn(self) -> list[list[str]]:
        """The phrases, each as often as it is drawn: more often those with more slots, which can say more."""
        return [phrase.split() for phrase in self.phrases for _ in range(1 + 2 * phrase.count("{"))]

    def phrase(self, rng: np.random.Generator) -> list[str]:
        """Draw a phrase and fill its slots."""
        words: list[str] = []
        for part in self._drawn[int(rng.integers(len(self._drawn)))]:
            if part.startswith("{"):
                entries = self.lists[part[1:-1]]
                words += entries[int(rng.integers(len(entries)))].split()
            else:
                words.append(part)
        return words

    def utterance(self, rng: np.random.Generator) -> list[str]:
        """Draw one phrase or a few, as somebody says them in one breath."""
        phrases = int(rng.choice(len(_IN_A_ROW), p=_IN_A_ROW)) + 1
        return [word for _ in range(phrases) for word in self.phrase(rng)]

    def random_words(self, rng: np.random.Generator, fewest: int, most: int) -> list[str]:
        """Draw words in no order at all, which the grammar cannot guess."""
        return [self.words[int(place)] for place in rng.integers(len(self.words), size=rng.integers(fewest, most + 1))]

    def entries(self, rng: np.random.Generator, most: int) -> list[str]:
        """Draw one to `most` entries of any lists, each list as likely as another."""
        names = list(self.lists)
        words: list[str] = []
        for _ in range(rng.integers(1, most + 1)):
            entries = self.lists[names[int(rng.integers(len(names)))]]
            words += entries[int(rng.integers(len(entries)))].split()
        return words

    def only(self, words: Container[str]) -> Vocabulary:
        """Return what is left with some of the words."""
        lists = {name: [entry for entry in entries if _all(entry, words)] for name, entries in self.lists.items()}
        lists = {name: entries for name, entries in lists.items() if entries}
        sayable = {f"{{{name}}}" for name in lists}
        phrases = [
            phrase
            for phrase in self.phrases
            if all(part in (sayable if part.startswith("{") else words) for part in phrase.split())
        ]
        english = {word: spelling for word, spelling in self.english.items() if word in words}
        said_as = {word: ways for word, ways in self.said_as.items() if word in words}
        return Vocabulary(lists, phrases, english, said_as)

    def phrase_of(self, rng: np.random.Generator, allowed: Container[str]) -> list[str]:
        """Draw a phrase that has only allowed words."""
        while True:
            words = self.phrase(rng)
            if all(word in allowed for word in words):
                return words


def _all(entry: str, words: Container[str]) -> bool:
    return all(word in words for word in entry.split())


def load_vocabulary(*, wide: bool = False) -> Vocabulary:
    """Read the lists and phrases that come with the program.

    Args:
        wide: With those of the large model.

    Raises:
        VocabularyError: If they do not fit together.
    """
    lists: defaultdict[str, list[str]] = defaultdict(list)
    english: dict[str, str] = {}
    said_as: dict[str, list[str]] = {}
    phrases: list[str] = []
    for words, sentences in (_SMALL, _WIDE) if wide else (_SMALL,):
        tables = tomllib.loads(_DATA.joinpath(words).read_text("utf-8"))
        for name, entries in tables["lists"].items():
            lists[name] += entries
        english |= tables["english"]
        said_as |= tables.get("said_as", {})
        lines = [line.strip() for line in _DATA.joinpath(sentences).read_text("utf-8").splitlines()]
        phrases += [line for line in lines if line and line[0] != "#"]
    return Vocabulary(dict(lists), phrases, english, said_as)


def vocabularies() -> dict[str, Vocabulary]:
    """Return the vocabularies of the models by the names of their folders.

    The sentences of the large one that the small one has all words for are the small one's too.
    """
    large = load_vocabulary(wide=True)
    return {"hi-600": large.only(frozenset(load_vocabulary().words)), "hi-2000": large}


def words_of(folder: Path) -> list[str]:
    """Return the words of a model, without `[unk]`.

    Raises:
        NoModelError: If there is no list of words in the folder.
    """
    path = folder / "graph" / "words.txt"
    if not path.is_file():
        raise NoModelError(f"{folder} holds no model: {path} is missing")
    lines = path.read_text("utf-8").splitlines()
    return [word for word in (line.split()[0] for line in lines) if word not in {"<eps>", UNKNOWN}]


def made_up_words(rng: np.random.Generator) -> list[str]:
    """Return words that mean nothing: so that the network learns sounds, not only the words of the list."""

    def syllable() -> str:
        return _CONSONANTS[int(rng.integers(len(_CONSONANTS)))] + _VOWEL_SIGNS[int(rng.integers(len(_VOWEL_SIGNS)))]

    return ["".join(syllable() for _ in range(rng.integers(1, 5))) for _ in range(rng.integers(1, 5))]

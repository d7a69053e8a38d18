"""The words of the model and sentences of them: `data/vocabulary.toml` and `data/phrases.txt`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
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

_CONSONANTS: Final = "क ख ग घ च छ ज झ ट ठ ड ढ त थ द ध न प फ ब भ म य र ल व श स ह".split()
_VOWEL_SIGNS: Final = ("", "", "ा", "ा", "ि", "ी", "ु", "ू", "े", "ै", "ो", "ौ", "ां")


@dataclass(frozen=True)
class Vocabulary:
    """Lists of entries, phrases with slots for them, and English spellings.

    Attributes:
        lists: Entries by the name of their slot; an entry may have several words.
        phrases: What callers say; `{name}` stands for an entry of that list.
        english: English spelling of a word that callers borrow.
    """

    lists: Mapping[str, Sequence[str]]
    phrases: Sequence[str]
    english: Mapping[str, str]

    def __post_init__(self) -> None:
        slots = {part[1:-1] for phrase in self.phrases for part in phrase.split() if part.startswith("{")}
        if unknown := slots - set(self.lists):
            raise VocabularyError(f"phrases.txt: no list in vocabulary.toml for {sorted(unknown)}")
        if unknown := set(self.english) - set(self.words):
            raise VocabularyError(f"vocabulary.toml: [english] has words that are in no list: {sorted(unknown)}")

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word, sorted."""
        listed = {word for entries in self.lists.values() for entry in entries for word in entry.split()}
        said = {part for phrase in self.phrases for part in phrase.split() if not part.startswith("{")}
        return tuple(sorted(listed | said))

    @cached_property
    def _chances(self) -> list[float]:
        """How often each phrase is drawn: more for those with more slots, which can say more."""
        weights = [1 + 2 * phrase.count("{") for phrase in self.phrases]
        return [weight / sum(weights) for weight in weights]

    def phrase(self, rng: np.random.Generator) -> list[str]:
        """Draw a phrase and fill its slots."""
        words: list[str] = []
        for part in self.phrases[int(rng.choice(len(self.phrases), p=self._chances))].split():
            entries = self.lists[part[1:-1]] if part.startswith("{") else (part,)
            words += entries[int(rng.integers(len(entries)))].split()
        return words

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

    def phrase_of(self, rng: np.random.Generator, allowed: Container[str]) -> list[str]:
        """Draw a phrase that has only allowed words."""
        while True:
            words = self.phrase(rng)
            if all(word in allowed for word in words):
                return words


def load_vocabulary() -> Vocabulary:
    """Read the lists and phrases that come with the program.

    Raises:
        VocabularyError: If they do not fit together.
    """
    data = files("recordings.model_building").joinpath("data")
    tables = tomllib.loads(data.joinpath("vocabulary.toml").read_text("utf-8"))
    lines = [line.strip() for line in data.joinpath("phrases.txt").read_text("utf-8").splitlines()]
    return Vocabulary(tables["lists"], tuple(line for line in lines if line and line[0] != "#"), tables["english"])


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

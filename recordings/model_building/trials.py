"""The sounds a model is tried with: voices, speeds and pitches that no training has heard.

Speakers are those of espeak-ng's variants that `voices.HELD_OUT` keeps apart, and random ones of another seed. The line
is simpler than the training's: pause, level, noise, A-law.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.corpus import TEST_PITCHES, TEST_RATES
from recordings.model_building.espeak import Speaker
from recordings.model_building.features import SAMPLE_RATE
from recordings.model_building.telephone import (
    FULL_SCALE,
    a_law,
    coloured_noise,
    level_of_speech,
    lose_packets,
    mobile,
)
from recordings.model_building.voices import HELD_OUT, prepare_voices

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recordings.model_building.vocabulary import Vocabulary

NEW_SPEAKERS: Final = 30
_SEED: Final = 5151
_MODERATE_DB: Final = (15, 20, 25)
_LOUD_DB: Final = 8
CLEAN: Final = None

OUTSIDE: Final = tuple(
    "कंप्यूटर क्रिकेट सिनेमा हवाई जहाज किताब पेड़ हाथी बारिश मौसम संगीत शादी चुनाव समोसा हिमालय समुद्र चिड़िया पतंग झरना त्योहार "
    "कहानी परीक्षा मछली जंगल सितारा तस्वीर मोमबत्ती".split()
)
"""Words that the model does not have."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One utterance.

    Attributes:
        words: The words spoken.
        samples: 8 kHz, as A-law leaves them.
    """

    words: tuple[str, ...]
    samples: NDArray[np.int16]


class Callers:
    """Callers who try a model, always the same ones.

    Args:
        folder: For the random speakers' voices.
    """

    def __init__(self, folder: Path) -> None:
        speakers = prepare_voices(folder, NEW_SPEAKERS, _SEED)
        self._voices = [f"hi+{name}" for name in (*HELD_OUT, *speakers)]
        self._speaker = Speaker(folder)

    def say(
        self, words: Sequence[str], english: dict[str, str], noise_db: float | None, rng: np.random.Generator
    ) -> Trial:
        """Let a random caller say words, with noise so many dB below the voice, or without."""
        import soxr

        samples, _ = self._speaker.speak(
            " ".join(english.get(word, word) for word in words),
            self._voices[int(rng.integers(len(self._voices)))],
            rate=int(rng.choice(TEST_RATES)),
            pitch=int(rng.choice(TEST_PITCHES)),
        )
        voice = soxr.resample(samples.astype(np.float64), self._speaker.sample_rate, SAMPLE_RATE, quality="HQ")
        before, after = rng.uniform(0.15, 0.4), rng.uniform(0.2, 0.5)
        wave = np.concatenate([np.zeros(int(before * SAMPLE_RATE)), voice, np.zeros(int(after * SAMPLE_RATE))])
        wave *= 10 ** (rng.uniform(-15, -1) / 20) * FULL_SCALE / (np.abs(wave).max() + 1e-9)
        if noise_db is not None:
            noise = coloured_noise(len(wave), rng, float(rng.choice([0.0, 0.9])))
            wave += noise * level_of_speech(wave) * 10 ** (-noise_db / 20)
        return Trial(tuple(words), a_law(np.clip(np.round(wave), -FULL_SCALE - 1, FULL_SCALE).astype(np.int16)))


def trials(
    callers: Callers, vocabulary: Vocabulary, allowed: Container[str], *, english: bool, size: int
) -> Iterator[tuple[str, list[Trial]]]:
    """Yield sets of trials by name, each from a seed of its own.

    Args:
        callers: The speakers.
        vocabulary: What may be said.
        allowed: Only sentences of these words alone are used.
        english: Whether half of the borrowed words are spoken as English.
        size: Utterances in a set.
    """
    known = [word for word in vocabulary.words if word in allowed]
    entries = [entry for name, entries in vocabulary.lists.items() if name != "more" for entry in entries]
    entries = [entry for entry in entries if all(word in allowed for word in entry.split())]

    def phrase(rng: np.random.Generator) -> Sequence[str]:
        return vocabulary.phrase_of(rng, allowed)

    def random_words(rng: np.random.Generator) -> Sequence[str]:
        return [known[int(place)] for place in rng.integers(len(known), size=rng.integers(2, 5))]

    def entry(rng: np.random.Generator) -> Sequence[str]:
        return entries[int(rng.integers(len(entries)))].split()

    def outside(rng: np.random.Generator) -> Sequence[str]:
        return [str(word) for word in rng.choice(OUTSIDE, size=rng.integers(1, 4), replace=False)]

    def made(number: int, text: Callable[[np.random.Generator], Sequence[str]], loud: bool) -> list[Trial]:
        made_trials = []
        for count in range(size):
            rng = np.random.default_rng([_SEED, number, count])
            borrowed = {word: text for word, text in vocabulary.english.items() if english and rng.random() < 0.5}
            moderate = float(rng.choice(_MODERATE_DB)) if count % 2 else CLEAN
            made_trials.append(callers.say(text(rng), borrowed, _LOUD_DB if loud else moderate, rng))
        return made_trials

    phrases = made(1, phrase, loud=False)
    yield "phrases", phrases
    yield "phrases, 8 dB noise", made(2, phrase, loud=True)
    yield "phrases, mobile codec", [Trial(one.words, a_law(mobile(one.samples))) for one in phrases]
    rng = np.random.default_rng([_SEED, 3])
    yield "phrases, 5 % of packets lost", [Trial(one.words, _lossy(one.samples, rng)) for one in phrases]
    yield "random words", made(4, random_words, loud=False)
    yield "single entries", made(5, entry, loud=False)
    yield "outside", made(6, outside, loud=False)


def _lossy(samples: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.int16]:
    return lose_packets(samples.astype(np.float64), rng, 0.05).astype(np.int16)

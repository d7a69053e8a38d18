"""The synthetic callers of espeak-ng, in parts that can be made one by one.

Every utterance has a seed of its own: what was made before a stop stays, and a file that is made again says the same,
by the same voices over the same lines (not sample by sample: espeak-ng keeps a little of what it spoke before).
A part is a file of `examples.py`; its `.json` holds the pronunciations that were heard.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.examples import SILENT, Listener, Spoken, silence, write_part
from recordings.model_building.features import SAMPLE_RATE
from recordings.model_building.phones import SILENCE, sounds_of
from recordings.model_building.vocabulary import Vocabulary, made_up_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from recordings.model_building.espeak import Sound, Speaker
    from recordings.model_building.examples import Example

IN_A_PART: Final = 1000
RATES: Final = (120, 130, 140, 150, 160, 170, 180, 200, 210, 220, 230)
PITCHES: Final = (20, 30, 40, 50, 60, 70, 80)
TEST_RATES: Final = (115, 155, 190, 240)
"""Words a minute that only the tests hear."""
TEST_PITCHES: Final = (25, 45, 65, 85)
"""Pitches that only the tests hear."""
# How many times as often as a random speaker:
_PLAIN: Final = 8  # the plain voice: tests and demos use it
_STOCK: Final = 3  # one of espeak's own variants: stranger than the random ones, and a third as many
_SHORTEST: Final = 2000  # samples; less is a voice that failed


def speak(
    speaker: Speaker, words: Sequence[str], english: dict[str, str], voice: str, rng: np.random.Generator
) -> Spoken | None:
    """Let a voice say words, with random speed, pitch, size and pauses; None if the voice failed.

    Args:
        speaker: The synthesiser.
        words: The text.
        english: Words that are spoken as English now, with their spelling.
        voice: espeak's name of the voice.
        rng: Where chance comes from.
    """
    import soxr

    samples, sounds = speaker.speak(
        " ".join(english.get(word, word) for word in words),
        voice,
        rate=int(rng.choice(RATES)),
        pitch=int(rng.choice(PITCHES)),
        pitch_range=int(rng.choice([20, 50, 70])),
        gap=int(rng.choice([0, 0, 0, 3, 8])),
    )
    if len(samples) < _SHORTEST:
        return None
    # Played a little faster or slower: tempo and formants between and beyond those of espeak's voices.
    stretch = rng.uniform(0.88, 1.14) if rng.random() < 0.7 else 1.0
    ratio = stretch * SAMPLE_RATE / speaker.sample_rate
    wave = soxr.resample(samples.astype(np.float64), 1 / ratio, 1, quality="HQ")
    before, after = int(rng.uniform(0.05, 0.6) * SAMPLE_RATE), int(rng.uniform(0.1, 0.7) * SAMPLE_RATE)
    spoken = Spoken(np.concatenate([np.zeros(before), wave, np.zeros(after)]), [(SILENCE, 0.0)])
    spoken.starts += timed_sounds(sounds, before, ratio, before + len(wave))
    spoken.pronunciations = pronunciations(sounds, len(words))
    return spoken


def timed_sounds(sounds: Sequence[Sound], before: int, ratio: float, end: float) -> list[tuple[str, float]]:
    """Return our sounds with their first sample on the line; two sounds for one of espeak's share its time."""
    ends = [sound.start for sound in sounds[1:]] + [round((end - before) / ratio)]
    starts: list[tuple[str, float]] = []
    for sound, sound_end in zip(sounds, ends, strict=True):
        ours = sounds_of(sound.name)
        for place, name in enumerate(ours):
            start = sound.start + (sound_end - sound.start) * place / len(ours)
            if name != SILENCE or not starts or starts[-1][0] != SILENCE:
                starts.append((name, before + start * ratio))
    if starts and starts[-1][0] != SILENCE:
        starts.append((SILENCE, end))
    return starts


def pronunciations(sounds: Sequence[Sound], words: int) -> list[list[str]]:
    """Return the sounds of each word, or nothing if espeak made more or fewer words of the text."""
    if max((sound.word for sound in sounds), default=-1) != words - 1:
        return []
    spoken: list[list[str]] = [[] for _ in range(words)]
    for sound in sounds:
        if sound.word >= 0:
            spoken[sound.word] += [name for name in sounds_of(sound.name) if name != SILENCE]
    return spoken if all(spoken) else []


class Corpus:
    """Makes the parts of a corpus.

    Args:
        folder: Where the parts lie.
        vocabulary: The words and phrases.
        stock: espeak's own variants that speak.
        speakers: Random ones.
        speaker: The synthesiser.
        seed: Another seed, another corpus.
    """

    def __init__(
        self,
        folder: Path,
        vocabulary: Vocabulary,
        stock: Sequence[str],
        speakers: Sequence[str],
        speaker: Speaker,
        seed: int,
    ) -> None:
        self._folder = folder
        self._vocabulary = vocabulary
        variants = [*stock] * _STOCK + [*speakers]
        self._voices = ["hi"] * _PLAIN + [f"hi+{variant}" for variant in variants]
        self._speaker = speaker
        self._seed = seed

    def make(self, parts: int, say: Callable[[str], None]) -> None:
        """Make the parts that are not there yet."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for part in range(parts):
            path = self._folder / f"part-{part:03}.npz"
            if path.exists():
                continue
            hours = self._make_part(part, path)
            say(f"synthesis: part {part + 1} of {parts}, {hours:.2f} hours of sound")

    def _make_part(self, part: int, path: Path) -> float:
        examples: list[Example] = []
        heard: defaultdict[str, Counter[str]] = defaultdict(Counter)
        listener = Listener()
        for number in range(IN_A_PART):
            rng = np.random.default_rng([self._seed, part, number])
            spoken = silence(rng) if rng.random() < SILENT else self._utterance(rng, heard)
            example = listener.hear(spoken, rng) if spoken else None
            if example is not None:
                examples.append(example)
        path.with_suffix(".json").write_text(json.dumps(heard, ensure_ascii=False), "utf-8")
        return write_part(path, examples)

    def _utterance(self, rng: np.random.Generator, heard: defaultdict[str, Counter[str]]) -> Spoken | None:
        """Let somebody say something; the pronunciations go into `heard`."""
        words, real = self._text(rng)
        borrowed = {word: text for word, text in self._vocabulary.english.items() if rng.random() < 0.5}
        spoken = speak(self._speaker, words, borrowed, self._voices[int(rng.integers(len(self._voices)))], rng)
        if spoken is not None and real:
            for word, sounds in zip(words, spoken.pronunciations, strict=False):
                heard[word][" ".join(sounds)] += 1
        return spoken

    def _text(self, rng: np.random.Generator) -> tuple[list[str], bool]:
        """Draw the words, and whether they are real ones."""
        chance = rng.random()
        if chance < 0.48:
            return self._vocabulary.phrase(rng), True
        if chance < 0.80:
            return self._vocabulary.random_words(rng, 1, 5), True
        if chance < 0.93:
            return self._vocabulary.entries(rng, 3), True
        return made_up_words(rng), False


def heard_pronunciations(folder: Path) -> dict[str, Counter[str]]:
    """Return how often each word was pronounced how, over all parts."""
    heard: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.glob("part-*.json")):
        for word, counts in json.loads(path.read_text("utf-8")).items():
            heard[word].update(counts)
    return heard

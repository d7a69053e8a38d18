"""The training data of the network: synthetic callers, in files that can be made one by one.

Every utterance has a seed of its own: what was made before a stop stays, and a file that is made again says the same,
by the same voices over the same lines (not sample by sample: espeak-ng keeps a little of what it spoke before).
A file `part-NNN.npz` holds `features` (all frames one after another, float16), `labels` (one for each third frame, see
`labels_of`) and `lengths` (frames of each utterance); `part-NNN.json` the pronunciations that were heard.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.features import SAMPLE_RATE, Ear
from recordings.model_building.phones import SILENCE, SOUND_ID, sounds_of
from recordings.model_building.telephone import idle, line
from recordings.model_building.vocabulary import Vocabulary, made_up_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recordings.model_building.espeak import Sound, Speaker

IN_A_PART: Final = 1000
RATES: Final = (120, 130, 140, 150, 160, 170, 180, 200, 210, 220, 230)
PITCHES: Final = (20, 30, 40, 50, 60, 70, 80)
TEST_RATES: Final = (115, 155, 190, 240)
"""Words a minute that only the tests hear."""
TEST_PITCHES: Final = (25, 45, 65, 85)
"""Pitches that only the tests hear."""
FRAME_STEP: Final = 240  # samples between two outputs: Vosk counts 30 ms each, whatever the model says
_FIRST_CENTRE: Final = 100  # the middle of the first 25 ms window
# How many times as often as a random speaker:
_PLAIN: Final = 8  # the plain voice: tests and demos use it
_STOCK: Final = 3  # one of espeak's own variants: stranger than the random ones, and a third as many
_SHORTEST: Final = 2000  # samples; less is a voice that failed
_BABBLE: Final = 40  # voices kept to be heard behind others


@dataclass
class Spoken:
    """A text as it was spoken, at 8 kHz.

    Attributes:
        wave: The sound with a pause before and after.
        starts: Our sounds and the sample each begins at; the first is silence at 0.
        pronunciations: Sounds of each word of the text; empty if words and sounds could not be matched.
    """

    wave: NDArray[np.float64]
    starts: list[tuple[str, float]]
    pronunciations: list[list[str]] = field(default_factory=list)


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


def labels_of(starts: Sequence[tuple[str, float]], outputs: int) -> NDArray[np.uint8] | None:
    """Return the network's target at each output: 2 i for the first of sound i, 2 i + 1 for the rest.

    Every sound gets at least one output, because the model cannot skip one; None if there are not enough.
    """
    places = [max(0, int(np.ceil((start - _FIRST_CENTRE) / FRAME_STEP))) for _, start in starts]
    for place in range(1, len(places)):
        places[place] = max(places[place], places[place - 1] + 1)
    limit = outputs
    for place in range(len(places) - 1, -1, -1):
        places[place] = limit = min(places[place], limit - 1)
    if limit < 0:
        return None
    places[0] = 0
    labels = np.zeros(outputs, np.uint8)
    for (name, _), first, last in zip(starts, places, [*places[1:], outputs], strict=True):
        labels[first:last] = 2 * SOUND_ID[name] + 1
        labels[first] -= 1
    return labels


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
        self._ear = Ear()

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
        features: list[NDArray[np.float16]] = []
        labels: list[NDArray[np.uint8]] = []
        heard: defaultdict[str, Counter[str]] = defaultdict(Counter)
        babble: list[NDArray[np.float64]] = []
        for number in range(IN_A_PART):
            rng = np.random.default_rng([self._seed, part, number])
            made = self._utterance(rng, babble, heard)
            if made is not None:
                features.append(made[0])
                labels.append(made[1])
        lengths = np.array([len(rows) for rows in features])
        path.with_suffix(".json").write_text(json.dumps(heard, ensure_ascii=False), "utf-8")
        unfinished = path.with_name("unfinished.npz")
        np.savez(unfinished, features=np.concatenate(features), labels=np.concatenate(labels), lengths=lengths)
        unfinished.rename(path)
        return float(lengths.sum() / 100 / 3600)

    def _utterance(
        self, rng: np.random.Generator, babble: list[NDArray[np.float64]], heard: defaultdict[str, Counter[str]]
    ) -> tuple[NDArray[np.float16], NDArray[np.uint8]] | None:
        """Make one utterance; the pronunciations go into `heard`, the voice into `babble`."""
        silent = rng.random() < 0.03
        if silent:
            spoken: Spoken | None = Spoken(np.zeros(int(rng.uniform(0.5, 3) * SAMPLE_RATE)), [(SILENCE, 0.0)])
        else:
            words, real = self._text(rng)
            borrowed = {word: text for word, text in self._vocabulary.english.items() if rng.random() < 0.5}
            spoken = speak(self._speaker, words, borrowed, self._voices[int(rng.integers(len(self._voices)))], rng)
            if spoken is not None and real:
                for word, sounds in zip(words, spoken.pronunciations, strict=False):
                    heard[word][" ".join(sounds)] += 1
        if spoken is None:
            return None
        samples = line(spoken.wave, rng, babble, speech=not silent)
        if not silent:
            _keep(babble, spoken.wave, rng)
        shift = 0
        if rng.random() < 0.1:
            quiet = idle(rng)
            shift = len(quiet)
            samples = np.concatenate([quiet, samples])
        if rng.random() < 0.1:
            samples = np.concatenate([samples, idle(rng)])
        rows = self._ear.hear(samples)
        starts = [(name, start + shift if start else start) for name, start in spoken.starts]
        labels = labels_of(starts, (len(rows) + 2) // 3)
        return None if labels is None else (rows.astype(np.float16), labels)

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


def _keep(babble: list[NDArray[np.float64]], wave: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Keep a voice to be heard behind others, in the place of a random one when there are enough."""
    if len(babble) < _BABBLE:
        babble.append(wave)
    else:
        babble[int(rng.integers(_BABBLE))] = wave


def heard_pronunciations(folder: Path) -> dict[str, Counter[str]]:
    """Return how often each word was pronounced how, over all parts."""
    heard: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.glob("part-*.json")):
        for word, counts in json.loads(path.read_text("utf-8")).items():
            heard[word].update(counts)
    return heard

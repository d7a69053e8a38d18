"""What the network learns from: a voice over a telephone line as features, and which sound is heard when as labels.

A file `part-*.npz` holds `features` (all frames one after another, float16), `labels` (one for each third frame, see
`labels_of`) and `lengths` (frames of each utterance).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from recordings.model_building.features import SAMPLE_RATE, Ear
from recordings.model_building.phones import SILENCE, SOUND_ID
from recordings.model_building.telephone import idle, line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FRAME_STEP: Final = 240  # samples between two outputs: Vosk counts 30 ms each, whatever the model says
_FIRST_CENTRE: Final = 100  # the middle of the first 25 ms window
SILENT: Final = 0.03
"""Share of utterances in which nobody speaks."""
_BABBLE: Final = 40  # voices kept to be heard behind others


@dataclass
class Spoken:
    """A text as it was spoken, at 8 kHz.

    Attributes:
        wave: The sound with a pause before and after; zeros if nobody speaks.
        starts: Our sounds and the sample each begins at; the first begins at 0, mostly silence.
        pronunciations: Sounds of each word of the text; empty if words and sounds could not be matched.
    """

    wave: NDArray[np.float64]
    starts: list[tuple[str, float]]
    pronunciations: list[list[str]] = field(default_factory=list)


class Example(NamedTuple):
    """Features of an utterance, and its labels."""

    features: NDArray[np.float16]
    labels: NDArray[np.uint8]


class Listener:
    """Hears voices over random telephone lines, some of them behind others."""

    def __init__(self) -> None:
        self._ear = Ear()
        self._babble: list[NDArray[np.float64]] = []

    def hear(self, spoken: Spoken, rng: np.random.Generator) -> Example | None:
        """Return what arrives of a voice, or None if it is too short for its sounds."""
        speech = bool(spoken.wave.any())
        samples = line(spoken.wave, rng, self._babble, speech=speech)
        if speech:
            self._keep(spoken.wave, rng)
        shift = 0
        if rng.random() < 0.1 and spoken.starts[0][0] == SILENCE:
            quiet = idle(rng)
            shift = len(quiet)
            samples = np.concatenate([quiet, samples])
        if rng.random() < 0.1:
            samples = np.concatenate([samples, idle(rng)])
        rows = self._ear.hear(samples)
        starts = [(name, start + shift if start else start) for name, start in spoken.starts]
        labels = labels_of(starts, (len(rows) + 2) // 3)
        return None if labels is None else Example(rows.astype(np.float16), labels)

    def _keep(self, wave: NDArray[np.float64], rng: np.random.Generator) -> None:
        """Keep a voice to be heard behind others, in the place of a random one when there are enough."""
        if len(self._babble) < _BABBLE:
            self._babble.append(wave)
        else:
            self._babble[int(rng.integers(_BABBLE))] = wave


def silence(rng: np.random.Generator) -> Spoken:
    """Return nobody speaking: noise, hum and voices far away are no words."""
    return Spoken(np.zeros(int(rng.uniform(0.5, 3) * SAMPLE_RATE)), [(SILENCE, 0.0)])


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


def write_part(path: Path, examples: Sequence[Example]) -> float:
    """Write a part, whole or not at all; returns its hours of sound."""
    lengths = np.array([len(one.features) for one in examples])
    unfinished = path.with_name(f"unfinished-{path.name}")
    np.savez(
        unfinished,
        features=np.concatenate([one.features for one in examples]),
        labels=np.concatenate([one.labels for one in examples]),
        lengths=lengths,
    )
    unfinished.rename(path)
    return float(lengths.sum() / 100 / 3600)

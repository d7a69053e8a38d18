"""A set of trials on disk, and the lines it is heard over.

A set is a folder with a sound file for each utterance (8 kHz, any form that libsndfile reads) and `texts.tsv`: the
name of the file, a tab, the words. Noise and losses are put over it when it is read, always the same for an utterance.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.errors import NoTrialsError
from recordings.model_building.features import SAMPLE_RATE
from recordings.model_building.telephone import (
    FULL_SCALE,
    a_law,
    coloured_noise,
    level_of_speech,
    lose_packets,
    mobile,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

INDEX: Final = "texts.tsv"
NOISE_DB: Final = 12.0
"""How far the noise lies below the voice."""
_SLOPES: Final = (0.0, 0.9)  # of the noise: hiss, rumble
_LOST: Final = 0.05


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance.

    Attributes:
        name: Of its set and file: its noise is drawn from it.
        words: What is said.
        samples: 8 kHz, as A-law leaves them.
    """

    name: str
    words: tuple[str, ...]
    samples: Samples

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / SAMPLE_RATE


def read_set(folder: Path) -> list[Utterance]:
    """Read a set.

    Raises:
        NoTrialsError: If there is none, or one of its files is missing.
    """
    import soundfile

    index = folder / INDEX
    if not index.is_file():
        raise NoTrialsError(f"{folder} holds no set of trials: {INDEX} is missing")
    utterances = []
    for line in index.read_text("utf-8").splitlines():
        name, _, text = line.partition("\t")
        try:
            samples, rate = soundfile.read(folder / name, dtype="int16")
        except soundfile.LibsndfileError as error:
            raise NoTrialsError(f"{folder / name} cannot be read: {error}") from error
        if rate != SAMPLE_RATE:
            raise NoTrialsError(f"{folder / name} has {rate} Hz; {SAMPLE_RATE} are needed")
        utterances.append(Utterance(f"{folder.name}/{name.partition('.')[0]}", tuple(text.split()), a_law(samples)))
    return utterances


def over(utterance: Utterance, condition: str) -> Utterance:
    """Return an utterance as it is heard over a line; `condition` is a key of `CONDITIONS`."""
    rng = np.random.default_rng(zlib.crc32(f"{utterance.name} {condition}".encode()))
    return Utterance(utterance.name, utterance.words, CONDITIONS[condition](utterance.samples, rng))


def _noisy(samples: Samples, rng: np.random.Generator) -> Samples:
    wave = samples.astype(np.float64)
    noise = coloured_noise(len(wave), rng, float(rng.choice(_SLOPES)))
    wave += noise * level_of_speech(wave) * 10 ** (-NOISE_DB / 20)
    return a_law(np.clip(np.round(wave), -FULL_SCALE - 1, FULL_SCALE).astype(np.int16))


def _lossy(samples: Samples, rng: np.random.Generator) -> Samples:
    return lose_packets(samples.astype(np.float64), rng, _LOST).astype(np.int16)


CONDITIONS: Final[dict[str, Callable[[Samples, np.random.Generator], Samples]]] = {
    "clean": lambda samples, _: samples,
    "noisy": _noisy,
    "mobile": lambda samples, _: a_law(mobile(samples)),
    "lossy": _lossy,
}
"""Nothing; noise `NOISE_DB` below the voice; a codec like GSM; 5 % of packets lost."""

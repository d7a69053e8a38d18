"""Makes the sets, one utterance after another: what is there already is not made again."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.kokoro.synthesis import Kokoro
from recordings.model_building.errors import NoTrialVoiceError
from recordings.model_building.features import SAMPLE_RATE
from recordings.model_building.trials.sets import SETS, Mixture, Nsk
from recordings.model_building.trials.sound import INDEX
from recordings.model_building.trials.voices import EspeakVoice, KokoroVoice, NskVoice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from recordings.kokoro.installed import Installation
    from recordings.model_building.trials.sets import Espeak, TrialSet
    from recordings.model_building.trials.voices import Voice

_FRAMED: Final = "words"
_FADE: Final = SAMPLE_RATE // 100
_SHORTEST: Final = SAMPLE_RATE // 10  # less is a voice that failed
_LOUDNESS_DB: Final = (-15.0, -1.0)  # of the highest sample
_PAUSES_S: Final = ((0.15, 0.4), (0.2, 0.5))  # before, after


class Voices:
    """The voices, each started when it is first needed.

    Args:
        installation: Of Kokoro.
        work: For espeak-ng's speakers.
    """

    def __init__(self, installation: Installation, work: Path) -> None:
        self._installation = installation
        self._work = work
        self._network: Kokoro | None = None

    def start(self, speaker: Mixture | Nsk | Espeak) -> Voice:
        """Return a voice.

        Raises:
            NoTrialVoiceError: If festival's is missing.
            NotInstalledError: If Kokoro is.
        """
        if isinstance(speaker, Nsk):
            return NskVoice()
        if isinstance(speaker, Mixture):
            self._network = self._network or Kokoro(self._installation)
            return KokoroVoice(self._network, self._installation, speaker)
        return EspeakVoice(self._work, speaker)


def make_sets(folder: Path, voices: Voices, say: Callable[[str], None]) -> list[str]:
    """Make all sets below a folder, `<part>/<set>`; returns a line for each set whose voice is missing."""
    missing = []
    for part, sets in SETS.items():
        for one in sets:
            place = folder / part / one.name
            if (place / INDEX).is_file():
                continue
            try:
                _make(place, one, one.texts(part), voices, say)
            except NoTrialVoiceError as error:
                missing.append(f"{part}/{one.name} is left out: {error}")
    return missing


def _make(folder: Path, one: TrialSet, texts: list[str], voices: Voices, say: Callable[[str], None]) -> None:
    import soundfile

    speakers = [voices.start(speaker) for speaker in one.speakers]
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, text in enumerate(texts):
        path = folder / f"{number:03}.wav"
        if not path.is_file():
            rng = np.random.default_rng(zlib.crc32(f"{one.name} {number}".encode()))
            framed = one.kind == _FRAMED or (one.kind == "outside" and len(text.split()) == 1)
            sound = speakers[number % len(speakers)].say(text, rng, framed=framed)
            samples = None if sound is None else _on_the_line(*sound, rng)
            if samples is None:
                say(f"{folder}: no sound of {text!r}")
                continue
            unfinished = path.with_suffix(".unfinished")
            soundfile.write(unfinished, samples, SAMPLE_RATE, subtype="ALAW", format="WAV")
            unfinished.rename(path)
        lines.append(f"{path.name}\t{text}\n")
    (folder / INDEX).write_text("".join(lines), "utf-8")
    say(f"{folder}: {len(lines)} utterances")


def _on_the_line(samples: NDArray[np.float64], rate: int, rng: np.random.Generator) -> NDArray[np.float64] | None:
    """Return a sound at 8 kHz, of random loudness, with a pause before and after; None if it is too short."""
    import soxr

    wave = soxr.resample(samples, rate, SAMPLE_RATE, quality="HQ")
    if len(wave) < _SHORTEST:
        return None
    wave[:_FADE] *= np.linspace(0, 1, _FADE)
    wave[-_FADE:] *= np.linspace(1, 0, _FADE)
    wave *= 10 ** (rng.uniform(*_LOUDNESS_DB) / 20) / (np.abs(wave).max() + 1e-9)
    before, after = (np.zeros(int(rng.uniform(*pause) * SAMPLE_RATE)) for pause in _PAUSES_S)
    return np.concatenate([before, wave, after])

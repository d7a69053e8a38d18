"""The voices of the trials: each says a text, or cuts a word out of a frame that it says.

A word by itself is said in haste, by Kokoro most of all; so a single word stands in a frame, as it does in a sentence.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from recordings.kokoro.phonemes import phonemes
from recordings.kokoro.styles import load_style, mix
from recordings.kokoro.synthesis import RATE, Kokoro
from recordings.model_building.corpus import TEST_PITCHES, TEST_RATES
from recordings.model_building.errors import NoTrialVoiceError
from recordings.model_building.espeak import Speaker
from recordings.model_building.voices import HELD_OUT, prepare_voices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recordings.kokoro.installed import Installation
    from recordings.model_building.trials.sets import Espeak, Mixture

    Sound = tuple[NDArray[np.float64], int]
    """Samples, and how many there are a second."""

FRAME: Final = ("अब", "अब")
"""What is said before and after a single word."""
_EARLY_S: Final = 0.068  # Kokoro's sound comes so much before its durations say (measured on espeak-like onsets)
_EARLY_AT_STRESS_S: Final = 0.048  # where a stress mark begins the sound
_SPEEDS: Final = (0.9, 1.0, 1.1)
_QUIET: Final = 10 ** (-35 / 20)  # of the loudest 10 ms: below it a word is over
_TAIL_S: Final = 0.03  # kept of what comes after
_FESTIVAL_TIMEOUT_S: Final = 60.0  # a text takes half a second
_NEW_SPEAKERS: Final = 30  # random ones of espeak-ng


class Voice(Protocol):
    """Somebody who speaks."""

    def say(self, text: str, rng: np.random.Generator, *, framed: bool) -> Sound | None:
        """Say a text; of a framed one, return only the text. None if the voice fails at it."""


class KokoroVoice:
    """A style of Kokoro, or a mixture.

    Args:
        network: Shared by all styles.
        installation: Where the styles lie.
        mixture: The speaker.
    """

    def __init__(self, network: Kokoro, installation: Installation, mixture: Mixture) -> None:
        names = {*mixture.timbre, *(mixture.prosody or {})}
        styles = {name: load_style(installation, name) for name in names}
        self._style = mix(styles, mixture.timbre, mixture.prosody)
        self._network = network

    def say(self, text: str, rng: np.random.Generator, *, framed: bool) -> Sound | None:
        """Say a text; of a framed one, return only the text. None if espeak-ng reads the frame otherwise."""
        speed = float(rng.choice(_SPEEDS))
        if not framed:
            return self._network.speak(phonemes(text, "hi"), self._style, speed).samples.astype(np.float64), RATE
        signs = phonemes(f"{FRAME[0]} {text}, {FRAME[1]}", "hi")
        first, comma = signs.find(" ") + 1, signs.find(",")
        if not 0 < first < comma:
            return None
        speech = self._network.speak(signs, self._style, speed)
        after = next(place for place in range(comma + 1, len(signs)) if signs[place] != " ")
        start, end = (_sample(speech.start(speech.places.index(place)), signs[place]) for place in (first, after))
        return _until_quiet(speech.samples[start:end].astype(np.float64), RATE), RATE


class NskVoice:
    """Festival's Hindi voice, one text a process: it ends at one text in thirteen.

    Raises:
        NoTrialVoiceError: If it is not installed.
    """

    def __init__(self) -> None:
        if shutil.which("festival") is None or not Path("/usr/share/festival/voices/hindi").is_dir():
            raise NoTrialVoiceError("festival's voice NSK is missing: apt-get install festival festvox-hi-nsk")

    def say(self, text: str, rng: np.random.Generator, *, framed: bool) -> Sound | None:  # noqa: ARG002 - one speaker
        """Say a text; of a framed one, return only the text. None if festival fails."""
        import soundfile

        said = f"{FRAME[0]} {text}, {FRAME[1]}" if framed else text
        with tempfile.TemporaryDirectory() as folder:
            wave, words, segments = (Path(folder, name) for name in ("speech.wav", "words", "segments"))
            script = Path(folder, "say.scm")
            script.write_text(_FESTIVAL.format(text=said, wave=wave, words=words, segments=segments), "utf-8")
            command = ["festival", "-b", str(script)]
            try:
                subprocess.run(command, capture_output=True, timeout=_FESTIVAL_TIMEOUT_S, check=True)  # noqa: S603
                samples, rate = soundfile.read(wave)
            except (subprocess.SubprocessError, soundfile.LibsndfileError):
                return None
            times = _framed_times(words.read_text("utf-8"), segments.read_text("utf-8"), said)
        if times is None:
            return None
        return (samples[int(times[0] * rate) : int(times[1] * rate)] if framed else samples), rate


class EspeakVoice:
    """A speaker of espeak-ng drawn for each text.

    Args:
        folder: For the speakers' voices.
        which: Which speakers.
    """

    def __init__(self, folder: Path, which: Espeak) -> None:
        names = prepare_voices(folder, _NEW_SPEAKERS, which.seed)
        self._voices = [f"hi+{name}" for name in ((*HELD_OUT, *names) if which.variants else names)]
        self._speaker = Speaker(folder)

    def say(self, text: str, rng: np.random.Generator, *, framed: bool) -> Sound | None:
        """Say a text; a frame is not needed, for espeak-ng says a word alone as it says it in a sentence."""
        del framed
        samples, _ = self._speaker.speak(
            text,
            str(rng.choice(self._voices)),
            rate=int(rng.choice(TEST_RATES)),
            pitch=int(rng.choice(TEST_PITCHES)),
        )
        return samples / 32768, self._speaker.sample_rate


_FESTIVAL: Final = """(voice_hindi_NSK_diphone)
(Parameter.set 'Int_Method 'Simple)
(set! int_simple_params '((f0_mean 120) (f0_std 20)))
(set! said (Utterance Text "{text}"))
(utt.synth said)
(utt.save.wave said "{wave}" 'riff)
(utt.save.words said "{words}")
(utt.save.segs said "{segments}")
"""


def _sample(durations_say: int, sign: str) -> int:
    """Return where a sound begins that the durations put at a sample."""
    return max(0, durations_say - int((_EARLY_AT_STRESS_S if sign in "ˈˌ" else _EARLY_S) * RATE))


def _until_quiet(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Return a word without the pause behind it: its durations give that to its last sound."""
    size = rate // 100
    levels = np.sqrt((samples[: len(samples) // size * size].reshape(-1, size) ** 2).mean(1))
    loud = np.flatnonzero(levels > levels.max(initial=0) * _QUIET)
    return samples[: (int(loud[-1]) + 1) * size + int(_TAIL_S * rate)] if len(loud) else samples


def _framed_times(words: str, segments: str, said: str) -> tuple[float, float] | None:
    """Return start and end in seconds of what stands between the first and the last word.

    Both texts are festival's label files: after a line "#" the end of each word or sound, a colour, its name.
    """
    ends = [(float(line.split()[0]), line.split()[-1]) for line in words.partition("#\n")[2].splitlines()]
    if len(ends) != len(said.split()):
        return None
    if len(ends) < 3:
        return 0.0, ends[-1][0]
    sounds = [(float(line.split()[0]), line.split()[-1]) for line in segments.partition("#\n")[2].splitlines()]
    start = ends[0][0]
    following = next((end for end, name in sounds if end > start and name == "pau"), None)
    first = next((end, name) for end, name in sounds if end > start)
    return (following if first[1] == "pau" and following is not None else start), ends[-2][0]

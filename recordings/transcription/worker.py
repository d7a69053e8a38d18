"""The recognition process: paths of recordings in, words out. Started by `recordings.transcription.worker_process`.

Vosk is C++ that may end its process, and a model's files are an admin's: so it lives here, one model of a language
loaded once, one recogniser a recording. A line of JSON in, one or more out; standard output is ours alone, what Vosk
prints goes to standard error. It ends when standard input does.

``{"path", "model"}``: the recording; ``model`` is a folder, or null to learn the sound's facts alone.
``{"check": folder}``: loads a model and reports its properties.
Out: ``{"loading": folder}`` before a model is loaded and ``{"loaded": folder}`` after, then the answer: ``bytes``,
``sha256``, ``seconds``, ``peak`` (0 to 1), ``tones_s`` (seconds of tones, hum and music), ``words`` (word, start, end,
confidence), or ``why`` the recording holds none, or ``trouble`` with the model.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import soundfile

from recordings.spool import checksum
from recordings.transcription.dtmf_filter import remove_dtmf
from recordings.transcription.line_tone_filter import remove_line_tones
from recordings.transcription.plausible_words import of_a_cadence, plausible
from recordings.transcription.steady_sound_filter import remove_steady_sound
from recordings.transcription.vosk_model import ModelError, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

NICE: Final = 15
"""Calls come first: of a full core a process this nice gets about a thirtieth."""

MIN_LENGTH_S: Final = 0.3
"""The shortest word of the vocabulary spoken fast; less is a click."""

MAX_LENGTH_S: Final = 2 * 3600.0
"""A message is two minutes; an hour is a recorded conversation. More is no speech anybody sent us."""

_BLOCK_S: Final = 10.0  # of sound in memory at once: each call of a filter costs, and it sees what is around
_PIECE_S: Final = 2.0  # given to Vosk at once: it looks for pauses at the end of each
_FULL: Final = 32768.0  # a sample of 16 bits


def _lower_priority() -> None:
    """Leave the processor to all others: as a process, and as a session where the kernel groups by them (sched(7))."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    if os.getsid(0) != os.getpid():
        return  # another's session: it is not for us to put it behind
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE), "ascii")


def main() -> int:
    """Listen until standard input ends."""
    _lower_priority()
    replies = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)

    def reply(content: dict[str, Any]) -> None:
        replies.write(json.dumps(content) + "\n")

    listener = _Listener(reply)
    for line in sys.stdin:
        job = json.loads(line)
        try:
            reply(listener.do(job))
        except ModelError as problem:
            reply({"trouble": str(problem)})
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to know
            reply({"why": f"the speech engine says: {error or type(error).__name__}"})
    return 0


class _Listener:
    """Holds the models loaded so far.

    Args:
        tell: Sends a line to the parent.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._models: dict[Path, Any] = {}

    def do(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one line of input."""
        if "check" in job:
            return self.check(Path(job["check"]))
        return self.listen(Path(job["path"]), job["model"])

    def listen(self, path: Path, model: str | None) -> dict[str, Any]:
        """Return the facts of a recording, and its words when a model is given."""
        facts: dict[str, Any] = {"bytes": path.stat().st_size, "sha256": checksum(path)}
        try:
            with soundfile.SoundFile(path) as sound:
                facts["seconds"] = round(sound.frames / sound.samplerate, 3)
                return facts | self._heard(sound, facts["seconds"], model)
        except soundfile.LibsndfileError:
            return facts | {"why": "it is not a sound file"}
        except ModelError as problem:
            return facts | {"trouble": str(problem)}
        except Exception as error:  # noqa: BLE001 - Vosk raises plain ones
            return facts | {"why": f"the speech engine says: {error or type(error).__name__}"}

    def _heard(self, sound: soundfile.SoundFile, seconds: float, model: str | None) -> dict[str, Any]:
        if seconds < MIN_LENGTH_S:
            return {"why": "it is too short to hold a word"}
        if seconds > MAX_LENGTH_S:
            return {"why": "it is too long"}
        return self._words(sound, Path(model)) if model else {}

    def check(self, folder: Path) -> dict[str, Any]:
        """Load a model and return its properties."""
        import vosk

        begun, about = time.monotonic(), describe(folder)
        model = self._load(folder)
        try:
            vosk.KaldiRecognizer(model, about.rate)  # reads the rest of the files
        except Exception as error:  # as of `Model`
            raise ModelError(f"{folder}: Vosk cannot use it: {error}") from error
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "rate": about.rate,
            "grammar": about.grammar,
            "load_s": round(time.monotonic() - begun, 2),
            "memory_mb": round(memory),
        }

    def _words(self, sound: soundfile.SoundFile, folder: Path) -> dict[str, Any]:
        import vosk

        rate = describe(folder).rate
        model = self._load(folder)
        recognizer = vosk.KaldiRecognizer(model, rate)
        recognizer.SetWords(True)
        words: list[tuple[str, float, float, float]] = []
        peak = tones = 0.0
        for block in _mono(sound, rate):
            if len(block):
                peak = max(peak, max(int(block.max()), -int(block.min())) / _FULL)
            spoken, seconds = _without_tones(block, rate)
            tones += seconds
            for start in range(0, len(spoken), int(_PIECE_S * rate)):
                if recognizer.AcceptWaveform(spoken[start : start + int(_PIECE_S * rate)].tobytes()):
                    words += _told(recognizer.Result())
        words += _told(recognizer.FinalResult())  # empty right after an end-point: both are needed
        words = [] if of_a_cadence(words, tones) else plausible(words)
        return {"words": words, "peak": round(peak, 4), "tones_s": round(tones, 2), "model": folder.name}

    def _load(self, folder: Path) -> Any:
        """Return a model, loaded once."""
        if folder not in self._models:
            describe(folder)
            self._tell({"loading": str(folder)})
            import vosk

            vosk.SetLogLevel(-1)
            try:
                self._models[folder] = vosk.Model(model_path=str(folder))
            except Exception as error:  # vosk raises nothing more telling than this
                raise ModelError(f"{folder}: Vosk cannot load it: {error}; see: warroom model check") from error
            self._tell({"loaded": str(folder)})
        return self._models[folder]


def _without_tones(block: NDArray[np.int16], rate: int) -> tuple[NDArray[np.int16], float]:
    """Return the sound with keys and all steady sounds silent, and how many seconds of the latter there were."""
    keyless = remove_dtmf(block, rate)
    untoned, toned_s = remove_line_tones(keyless, rate)
    unsteady, steady_s = remove_steady_sound(keyless, rate)  # not of `untoned`: of a fax's page that has only the end
    return np.where(unsteady == 0, 0, untoned).astype(np.int16), max(toned_s, steady_s)


def _mono(sound: soundfile.SoundFile, rate: int) -> Iterator[NDArray[np.int16]]:
    """Yield the sound in blocks, one channel, at a model's rate."""
    blocks = sound.blocks(blocksize=int(sound.samplerate * _BLOCK_S), dtype="int16", always_2d=True)
    mono = (block[:, 0] if sound.channels == 1 else block.mean(axis=1).astype(np.int16) for block in blocks)
    if sound.samplerate == rate:
        yield from mono
        return
    import soxr

    stream = soxr.ResampleStream(sound.samplerate, rate, 1, dtype="int16")
    for block in mono:
        yield stream.resample_chunk(np.ascontiguousarray(block))
    yield stream.resample_chunk(np.empty(0, np.int16), last=True)


def _told(result: str) -> list[tuple[str, float, float, float]]:
    found = json.loads(result).get("result", [])
    return [(word["word"], round(word["start"], 2), round(word["end"], 2), round(word["conf"], 3)) for word in found]


if __name__ == "__main__":
    sys.exit(main())

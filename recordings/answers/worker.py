"""The process that hears answers: started by `recordings.answers.listener`. A caller is waiting, so it is not nice.

A line of JSON in, a line out; standard output is ours alone, what Vosk prints goes to standard error. It ends when
standard input does.

``{"load": folder, "grammars": {question: [phrase, …]}}``: loads a model, and keeps what each question narrows it to.
Out: ``{"ready": [question, …]}``.
``{"path": file, "model": folder, "question": question}``: hears a recording. Out: ``words`` (word, confidence).
``{"why": …}`` is the answer to whatever goes wrong.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import soundfile
import soxr

from recordings.transcription.dtmf_filter import remove_dtmf
from recordings.transcription.line_tone_filter import remove_line_tones
from recordings.transcription.vosk_model import describe

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WARM_UP: Final = 1000  # the height of the noise that is heard before the first answer
_MOST_SAMPLES: Final = 80_000  # ten seconds: more than twice what is recorded


def main() -> int:
    """Hear until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    listener = _Listener()
    for line in sys.stdin:
        try:
            answer = listener.do(json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to know
            answer = {"why": f"{error or type(error).__name__}"}
        replies.write(json.dumps(answer) + "\n")
    return 0


class _Listener:
    """Holds the models and, of each, the grammar of every question."""

    def __init__(self) -> None:
        self._models: dict[str, tuple[Any, int]] = {}
        self._grammars: dict[tuple[str, str], str] = {}

    def do(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one line of input."""
        return self._load(job["load"], job["grammars"]) if "load" in job else self._hear(**job)

    def _load(self, folder: str, grammars: dict[str, list[str]]) -> dict[str, Any]:
        import vosk

        vosk.SetLogLevel(-1)
        rate = describe(Path(folder)).rate
        self._models[folder] = vosk.Model(model_path=folder), rate
        for question, phrases in grammars.items():
            self._grammars[folder, question] = json.dumps(phrases, ensure_ascii=False)
            noise = np.random.default_rng(0).integers(-_WARM_UP, _WARM_UP, 2 * rate, np.int16)
            self._recognise(noise, rate, folder, question)  # so that the first answer is as fast as the others
        return {"ready": sorted(grammars)}

    def _hear(self, path: str, model: str, question: str) -> dict[str, Any]:
        samples, rate = soundfile.read(path, dtype="int16", always_2d=True, frames=_MOST_SAMPLES)
        return {"words": self._recognise(samples[:, 0], rate, model, question)}

    def _recognise(self, samples: NDArray[np.int16], rate: int, model: str, question: str) -> list[tuple[str, float]]:
        """Return the words; each answer has a recogniser of its own, which takes half a thousandth of a second."""
        import vosk

        loaded, wanted = self._models[model]
        sound, _ = remove_line_tones(remove_dtmf(samples, rate), rate)
        recogniser = vosk.KaldiRecognizer(loaded, wanted, self._grammars[model, question])
        recogniser.SetWords(True)
        pause = recogniser.AcceptWaveform(np.ascontiguousarray(soxr.resample(sound, rate, wanted)).tobytes())
        return _told(recogniser.Result() if pause else recogniser.FinalResult())


def _told(result: str) -> list[tuple[str, float]]:
    return [(word["word"], round(word["conf"], 3)) for word in json.loads(result).get("result", [])]


if __name__ == "__main__":
    sys.exit(main())

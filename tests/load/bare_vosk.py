"""`python -m tests.load.bare_vosk MODEL FILE…`: Vosk and nothing else, in one process; prints the seconds it took.

The floor of the speech bench: the files are in memory, the model is loaded, one recogniser a file as Vosk's own
example has it. As nice as our workers, so that the rest of the machine takes as much from both.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import vosk

from recordings.transcription.worker import NICE

_BLOCK = 8000  # bytes: half a second, as in Vosk's example
_HEADER = 44


def main() -> None:
    """Transcribe and print."""
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    vosk.SetLogLevel(-1)
    model = vosk.Model(model_path=sys.argv[1])
    sounds = [Path(name).read_bytes()[_HEADER:] for name in sys.argv[2:]]
    _transcribe(model, sounds[0])
    began = time.monotonic()
    for sound in sounds:
        _transcribe(model, sound)
    print(time.monotonic() - began)


def _transcribe(model: vosk.Model, sound: bytes) -> None:
    recognizer = vosk.KaldiRecognizer(model, 8000)
    recognizer.SetWords(True)
    for start in range(0, len(sound), _BLOCK):
        if recognizer.AcceptWaveform(sound[start : start + _BLOCK]):
            recognizer.Result()
    recognizer.FinalResult()


if __name__ == "__main__":
    main()

"""The synthesis process: texts in, WAV files out. Run by `agi.prompts.tts`, by its path, and never imported.

pyttsx3 with espeak-ng keeps one engine a process and cannot end it cleanly, so it lives in a process of its own.
Only the last of several ``save_to_file`` before a ``runAndWait`` is written, and ``runAndWait`` returns before the
file is complete: so one text a run, and ``Synchronize`` after it. espeak-ng takes the speaking rate in a thread of its
own, now and then after the speech has begun (a prompt then came out at 175 words a minute): so the voice is set at the
engine itself, and ``Synchronize`` before the speech too. pyttsx3 prints to standard output: replies go to a
copy of it, one JSON line each. Kokoro is loaded with the first text that it is to speak.

First line out: ``{"voices": {language: voice id}}`` of espeak-ng, or ``{"error": why}``.
Then for each line in, ``{"engine", "text", "voice", "rate", "path"}``, one line out: ``{}`` or ``{"error": why}``.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


class Espeak:
    """espeak-ng by pyttsx3's own driver."""

    def __init__(self) -> None:
        import pyttsx3
        from pyttsx3.drivers import _espeak

        self._library = _espeak
        self._engine = pyttsx3.init("espeak")
        self.voices: dict[str, str] = {}
        for voice in self._engine.getProperty("voices"):
            for language in voice.languages:
                self.voices.setdefault(str(language), str(voice.id))

    def save(self, job: dict[str, Any]) -> None:
        """Speak a job's text into its file."""
        self._library.SetVoiceByName(job["voice"].encode())
        self._library.SetParameter(self._library.RATE, job["rate"], 0)
        self._library.Synchronize()
        self._engine.save_to_file(job["text"], job["path"])
        self._engine.runAndWait()
        self._library.Synchronize()


class Kokoro:
    """Kokoro by our driver of pyttsx3."""

    def __init__(self) -> None:
        import pyttsx3

        from agi.prompts import kokoro_driver

        kokoro_driver.register()
        self._engine = pyttsx3.init(kokoro_driver.NAME)
        self._errors: list[Exception] = []
        self._engine.connect("error", lambda name, exception: self._errors.append(exception))  # noqa: ARG005

    def save(self, job: dict[str, Any]) -> None:
        """Speak a job's text into its file."""
        self._errors.clear()
        self._engine.setProperty("voice", job["voice"])
        self._engine.setProperty("rate", job["rate"])
        self._engine.save_to_file(job["text"], job["path"])
        self._engine.runAndWait()
        if self._errors:
            raise self._errors[0]


def main() -> int:
    """Speak until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)

    def reply(content: dict[str, object]) -> None:
        replies.write(json.dumps(content) + "\n")

    try:
        espeak = Espeak()
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to know
        reply({"error": str(error) or type(error).__name__})
        return 1
    reply({"voices": espeak.voices})
    kokoro: Kokoro | None = None
    for line in sys.stdin:
        job = json.loads(line)
        try:
            if job["engine"] == "kokoro":
                kokoro = kokoro or Kokoro()
                kokoro.save(job)
            else:
                espeak.save(job)
        except Exception as error:  # noqa: BLE001 - as above
            reply({"error": str(error) or type(error).__name__})
        else:
            reply({})
    return 0


if __name__ == "__main__":
    sys.exit(main())

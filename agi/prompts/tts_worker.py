"""The synthesis process: texts in, WAV files out. Run by `agi.prompts.tts`, by its path, and never imported.

pyttsx3 with espeak-ng keeps one engine a process and cannot end it cleanly, so it lives in a process of its own.
Only the last of several ``save_to_file`` before a ``runAndWait`` is written, and ``runAndWait`` returns before the
file is complete: so one text a run, and ``Synchronize`` after it. espeak-ng takes the speaking rate in a thread of its
own, now and then after the speech has begun (a prompt then came out at 175 words a minute): so the voice is set at the
engine itself, and ``Synchronize`` before the speech too. pyttsx3 prints to standard output: replies go to a
copy of it, one JSON line each.

First line out: ``{"voices": {language: voice id}}`` or ``{"error": why}``.
Then for each line in, ``{"text", "voice", "rate", "path"}``, one line out: ``{}`` or ``{"error": why}``.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> int:
    """Speak until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)

    def reply(content: dict[str, object]) -> None:
        replies.write(json.dumps(content) + "\n")

    try:
        import pyttsx3
        from pyttsx3.drivers import _espeak

        engine = pyttsx3.init("espeak")
        voices: dict[str, str] = {}
        for voice in engine.getProperty("voices"):
            for language in voice.languages:
                voices.setdefault(str(language), str(voice.id))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to know
        reply({"error": str(error) or type(error).__name__})
        return 1
    reply({"voices": voices})
    for line in sys.stdin:
        job = json.loads(line)
        try:
            _espeak.SetVoiceByName(job["voice"].encode())
            _espeak.SetParameter(_espeak.RATE, job["rate"], 0)
            _espeak.Synchronize()
            engine.save_to_file(job["text"], job["path"])
            engine.runAndWait()
            _espeak.Synchronize()
        except Exception as error:  # noqa: BLE001 - as above
            reply({"error": str(error) or type(error).__name__})
        else:
            reply({})
    return 0


if __name__ == "__main__":
    sys.exit(main())

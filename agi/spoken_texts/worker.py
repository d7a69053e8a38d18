"""The speaking process: texts in, sound files out. Started by `agi.spoken_texts.speaker`.

Speaking and encoding take seconds of a processor and hold Python's lock, so they do not happen in a process that serves
calls. A line of JSON in, one out; what libraries print goes to standard error. It ends when standard input does.

Arguments: the engine for Hindi and the one for English.
In: ``{"text", "target", "max_s"}``; the target is a path without ending.
Out: ``{}``, or ``{"error": why}``, with ``"lasting": true`` when the text itself is to blame.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from agi.prompts.catalog import LANGUAGES
from agi.prompts.errors import PromptError
from agi.prompts.tts import TtsEngine
from agi.prompts.voices import Voices
from agi.settings import PromptVoices
from agi.spoken_texts.sound import NothingToSayError, SoundTooLongError, is_there, make_sound, write_sound

NICE: Final = 10
"""Calls come first, transcription (15) comes last: somebody may be waiting for these words."""


def main() -> int:
    """Speak until standard input ends."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    replies = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    voices = Voices(PromptVoices.model_validate(dict(zip(LANGUAGES, sys.argv[1:], strict=True))))
    with TtsEngine() as engine:
        for line in sys.stdin:
            replies.write(json.dumps(_answer(engine, voices, json.loads(line))) + "\n")
    return 0


def _answer(engine: TtsEngine, voices: Voices, job: dict[str, Any]) -> dict[str, Any]:
    target = Path(job["target"])
    try:
        if not is_there(target):  # else somebody who could not wait had it spoken
            write_sound(target, make_sound(engine, voices, job["text"], job["max_s"]))
    except (NothingToSayError, SoundTooLongError) as error:
        return {"error": str(error), "lasting": True}
    except (PromptError, OSError) as error:
        return {"error": str(error)}
    return {}


if __name__ == "__main__":
    sys.exit(main())

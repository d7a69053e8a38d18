"""The prompts that come with the program, spoken: `python -m warroom.cli.speech.stored_prompts make | check`.

A developer's, by `make voice` and `make check`; an admin's prompts are built by `warroom prompts build`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agi.ivr.menus import spoken_menus
from agi.prompts.catalog import LANGUAGES, catalogue
from agi.prompts.errors import SpeechFailedError
from agi.prompts.sound.tones import TONES
from agi.prompts.speakers import run_with_voices
from agi.prompts.stored import FOLDER, stored_file, stored_files, write_stored
from agi.prompts.tts import speaker_of
from agi.prompts.voices import KOKORO
from router.geo import load_places
from warroom.cli.common import FAILED, ProgressBar, console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.prompts.tts import TtsEngine

MAX_BYTES: Final = 8_000_000
"""All files together: a clone takes them in a few seconds."""


def wanted() -> dict[Path, str]:
    """Return the text of each file that there must be."""
    places, menus = load_places(), spoken_menus()
    texts = (
        text for language in LANGUAGES for name, text in catalogue(places, menus, language).items() if name not in TONES
    )
    return {stored_file(text, KOKORO[speaker_of(text)]): text for text in texts}


def problems(texts: Mapping[Path, str]) -> list[str]:
    """Return what is wrong with the files, a line each."""
    there = stored_files()
    found = [f"{text!r} has no file {path.name}" for path, text in texts.items() if path not in there]
    found += [f"{path.name} is said by no prompt any more" for path in sorted(there - texts.keys())]
    if (total := sum(path.stat().st_size for path in there)) > MAX_BYTES:
        found.append(f"the files have {total:,} bytes, more than {MAX_BYTES:,}")
    return found


def make(texts: Mapping[Path, str]) -> list[str]:
    """Speak what has no file, remove what nobody says; return what could not be spoken."""
    FOLDER.mkdir(exist_ok=True)
    there = stored_files()
    todo = [path for path in texts if path not in there]
    failed: list[str] = []

    def speak(path: Path, engine: TtsEngine) -> None:
        text = texts[path]
        write_stored(path, engine.speak(text, KOKORO[speaker_of(text)]))

    with ProgressBar() as progress:
        progress("prompts", len(texts) - len(todo), len(texts))
        made = run_with_voices(todo, speak, SpeechFailedError)
        for done, (path, error) in enumerate(made, start=len(texts) - len(todo) + 1):
            failed += [f"{texts[path]!r}: {error}"] if error else []
            progress("prompts", done, len(texts))
    for path in there - texts.keys():
        path.unlink()
    return failed


def main(command: str) -> int:
    """Do it; return the exit code."""
    texts = wanted()
    failed = make(texts) if command == "make" else []
    found = failed + problems(texts)
    for line in found:
        console.print(f"{FOLDER.name}: {line}", markup=False, highlight=False, soft_wrap=True)
    if found:
        console.print(f"{len(found)} prompts without their sound, or sounds without a prompt: make voice")
    return FAILED if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

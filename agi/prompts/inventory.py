"""Lists the prompts that a data directory has, and those it lacks. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - part of the public signature
from typing import TYPE_CHECKING, Literal

from agi.prompts import manifest
from agi.prompts.sound import formats

if TYPE_CHECKING:
    from agi.prompts.menus import Menus
    from agi.prompts.voices import Voices
    from router.geo import Places

State = Literal["ready", "bad-recording", "outdated", "missing"]


@dataclass(frozen=True, slots=True)
class PromptInfo:
    """One prompt as an admin sees it.

    Attributes:
        name: As the conversation uses it.
        language: "hi" or "en".
        text: The spoken text, or the description of a tone.
        seconds: How long it lasts, 0 while it is missing.
        source: The origin of the sound: spoken (or a tone), or an own recording.
        engine: The program that spoke it: "kokoro" or "espeak-ng"; "" for a tone and for an own recording.
        state: ready; bad-recording (the own recording cannot be used, or names keys that have changed: the spoken one
            is played); outdated (the text or recording has changed since the last build); missing.
    """

    name: str
    language: str
    text: str
    seconds: float
    source: manifest.Source
    engine: str
    state: State


def list_prompts(places: Places, menus: Menus, data: Path, voices: Voices) -> list[PromptInfo]:
    """Return every prompt there must be, in both languages.

    Raises:
        TextsError: The texts cannot be used.
    """
    index = manifest.read_index(data)
    required = manifest.required_prompts(places, menus, data, voices)
    return [_info(prompt, index.get(prompt.id), data) for prompt in required]


def list_missing(places: Places, menus: Menus, data: Path, voices: Voices) -> list[str]:
    """Return the prompts that a build would make or replace, as "hi/main-menu".

    Raises:
        TextsError: The texts cannot be used.
    """
    return [
        f"{prompt.language}/{prompt.name}"
        for prompt in list_prompts(places, menus, data, voices)
        if prompt.state in ("missing", "outdated")
    ]


def _info(prompt: manifest.PromptSpec, built: manifest.BuildRecord | None, data: Path) -> PromptInfo:
    """Return the files of one prompt."""
    files = [manifest.prompt_file(data, prompt.language, prompt.name, ending) for ending in formats.BYTES_A_SECOND]
    if built is None or not all(file.is_file() for file in files):
        return PromptInfo(prompt.name, prompt.language, prompt.text, 0.0, "spoken", "", "missing")
    state: State = "ready"
    if not built.fits(prompt):
        state = "outdated"
    elif prompt.recording is not None and built.source == "spoken":
        state = "bad-recording"
    seconds, source, engine = built.seconds, built.source, built.engine
    return PromptInfo(prompt.name, prompt.language, prompt.text, seconds, source, engine, state)

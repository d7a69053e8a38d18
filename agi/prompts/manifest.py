"""Which prompts a data directory must have, and from what each is made."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from agi.prompts.cache import READABLE, key_of_recording, key_of_text, key_of_tone
from agi.prompts.catalog import LANGUAGES, catalogue, says_keys
from agi.prompts.sound.tones import TONES
from agi.prompts.stored import stored_file, stored_files
from agi.prompts.tts import speaker_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from agi.prompts.menus import Menus
    from agi.prompts.voices import Voice, Voices
    from router.geo import Places

Source = Literal["spoken", "own"]

_INDEX: Final = "built.json"  # in <data>/prompts: the sources of the files there


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """One prompt there must be.

    Attributes:
        language: "hi" or "en".
        name: Without ending, as the conversation uses it.
        text: The spoken text, or the description of a tone.
        voice: The voice that says it; None for a tone.
        spoken: Where it lies spoken already, or None.
        key: Cache key of the text or tone.
        recording: An admin's own recording, or None.
        recording_key: Cache key of that recording, "" without one or when it cannot be read.
        says_keys: Whether it names keys, so that an own recording is of no use once they have changed.
    """

    language: str
    name: str
    text: str
    voice: Voice | None
    spoken: Path | None
    key: str
    recording: Path | None
    recording_key: str
    says_keys: bool

    @property
    def id(self) -> str:
        """Language and name: "hi/main-menu"."""
        return f"{self.language}/{self.name}"


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """The source of a prompt in a data directory.

    Attributes:
        source: Spoken (or a tone), or an own recording.
        engine: The program that spoke it, "" for a tone and for an own recording.
        key: Cache key of the files' content.
        recording_key: Cache key of the own recording there was, also of one that could not be used.
        seconds: How long it lasts.
        text_key: Cache key of the text there was when the own recording was new.
    """

    source: Source
    engine: str
    key: str
    recording_key: str
    seconds: float
    text_key: str

    def fits(self, wanted: PromptSpec) -> bool:
        """Whether it is up to date."""
        expected = wanted.recording_key if self.source == "own" else wanted.key
        stale = self.source == "own" and self.is_stale(wanted)
        return self.key == expected and self.recording_key == wanted.recording_key and not stale

    def is_stale(self, wanted: PromptSpec) -> bool:
        """Say whether the own recording there is now names keys that have changed since."""
        same = self.recording_key != "" and self.recording_key == wanted.recording_key
        return wanted.says_keys and same and self.text_key != wanted.key


_FIELDS: Final = tuple(field.name for field in fields(BuildRecord))


def required_prompts(places: Places, menus: Menus, data: Path, voices: Voices) -> list[PromptSpec]:
    """Return every prompt there must be, in both languages.

    Raises:
        TextsError: The texts cannot be used.
    """
    there = stored_files()
    prompts = []
    for language in LANGUAGES:
        own = own_recordings(data, language)
        for name, text in catalogue(places, menus, language).items():
            voice, spoken = (None, None) if name in TONES else _voice(text, voices, there)
            key = key_of_text(text, voice) if voice else key_of_tone(text)
            recording = own.get(name)
            recorded = _recording_key(recording)
            keyed = says_keys(name, menus, language)
            prompts.append(PromptSpec(language, name, text, voice, spoken, key, recording, recorded, keyed))
    return prompts


def _voice(text: str, voices: Voices, there: Collection[Path]) -> tuple[Voice, Path | None]:
    """Return the voice of a text, and where the text lies spoken by it."""
    language = speaker_of(text)
    wanted = voices.wanted(language)
    file = stored_file(text, wanted)
    return (wanted, file) if file in there else (voices.speaking(language), None)


def own_recordings(data: Path, language: str) -> dict[str, Path]:
    """Return name -> an admin's own WAV file; there may be names nobody asked for."""
    directory = prompts_directory(data) / "own" / language
    if not directory.is_dir():
        return {}
    return {path.stem: path for path in sorted(directory.iterdir()) if path.suffix.lower() == ".wav"}


def prompts_directory(data: Path) -> Path:
    """Return where a data directory has its prompts."""
    return data / "prompts"


def prompt_file(data: Path, language: str, name: str, ending: str) -> Path:
    """Return one file of a prompt."""
    return prompts_directory(data) / language / f"{name}.{ending}"


def read_index(data: Path) -> dict[str, BuildRecord]:
    """Return prompt id -> its source; empty when nothing was built or the index is broken."""
    try:
        content = json.loads((prompts_directory(data) / _INDEX).read_text(encoding="utf-8"))
        return {prompt: BuildRecord(**row) for prompt, row in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # every link is looked at again, which costs no more than a second


def write_index(data: Path, rows: Iterable[tuple[str, BuildRecord]]) -> None:
    """Write the index in one step."""
    target = prompts_directory(data) / _INDEX
    handle, fresh = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({prompt: {name: getattr(row, name) for name in _FIELDS} for prompt, row in rows}, file)
    Path(fresh).chmod(READABLE)
    Path(fresh).replace(target)


def _recording_key(recording: Path | None) -> str:
    """Return the cache key of a recording, "" when there is none to read."""
    if recording is None:
        return ""
    try:
        return key_of_recording(recording)
    except OSError:
        return ""

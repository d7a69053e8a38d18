"""Builds all prompts of a data directory: takes what is stored spoken, an admin's recordings, synthesises the rest.

Synchronous, for the command line and for before the services start; from an event loop use a thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - part of the public signature
from typing import TYPE_CHECKING, Final

from agi.prompts import cache as caching
from agi.prompts import manifest
from agi.prompts.catalog import LANGUAGES
from agi.prompts.errors import InvalidAudioError, PromptError, SpeechFailedError
from agi.prompts.inventory import PromptInfo, list_missing, list_prompts
from agi.prompts.sound import formats
from agi.prompts.sound.tones import TONES
from agi.prompts.sound.wav import EXPECTED, Sound, read_wav
from agi.prompts.speakers import run_with_voices
from agi.prompts.stored import read_stored
from agi.prompts.tts import TtsEngine
from agi.prompts.voices import ESPEAK

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.prompts.menus import Menus
    from agi.prompts.voices import Voices
    from router.geo import Places

__all__ = ["BuildReport", "PromptError", "PromptInfo", "build", "list_missing", "list_prompts", "spoken_alaw"]

logger = logging.getLogger(__name__)

TONE_RATE: Final = 16_000  # samples a second of a tone before it is encoded
RECORDING_S: Final = (0.1, 120.0)  # shortest and longest own recording: longer is a file put there by mistake


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The result of a build.

    Attributes:
        built: How many sounds were spoken or converted now.
        linked: How many prompts were put into the data directory now, from the cache.
        own: How many own recordings are in use.
        problems: The problems, one line each, ready to be shown.
    """

    built: int
    linked: int
    own: int
    problems: tuple[str, ...]


def build(
    places: Places,
    menus: Menus,
    *,
    data: Path,
    cache: Path,
    voices: Voices,
    progress: Callable[[int, int], None] | None = None,
) -> BuildReport:
    """Make the prompts of a data directory complete.

    Args:
        places: Names to be spoken.
        menus: The parts of the prompts that name keys.
        data: The data directory; the prompts go to ``prompts/<language>/``.
        cache: The shared cache, made when missing.
        voices: Who speaks.
        progress: Called with (prompts done, prompts in all), first with those that need no work.

    Returns:
        What was done. A prompt that could not be made is among the problems; the others are there.

    Raises:
        TextsError: The texts cannot be used.
        VoiceMissingError: A text has to be spoken and there is no engine or no voice.
        OSError: A directory cannot be written.
    """
    return _Builder(manifest.required_prompts(places, menus, data, voices), data, caching.Cache(cache), progress).run()


def spoken_alaw(text: str, language: str, cache: Path) -> bytes:
    """Return any text spoken by espeak-ng, as A-law: the caller's voice of a test call.

    Raises:
        VoiceMissingError: There is no engine or no voice.
        SpeechFailedError: It went wrong.
        OSError: The cache cannot be written.
    """
    store = caching.Cache(cache)
    key = caching.key_of_text(text, ESPEAK[language])
    entry = store.entry(key)
    if entry is None:
        with TtsEngine() as voice:
            entry = store.add(key, formats.encode_speech(voice.speak(text, ESPEAK[language])))
    return (entry / "prompt.alaw").read_bytes()


class _Builder:
    """One build."""

    def __init__(
        self,
        wanted: list[manifest.PromptSpec],
        data: Path,
        cache: caching.Cache,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._data = data
        self._cache = cache
        self._progress = progress
        self._wanted = wanted
        self._earlier = manifest.read_index(data)
        self._built = 0
        self._problems: list[str] = []

    def run(self) -> BuildReport:
        """Build."""
        for language in LANGUAGES:
            caching.make_directory(manifest.prompts_directory(self._data) / language)
            caching.make_directory(manifest.prompts_directory(self._data) / "own" / language)
        self._note_strangers()
        own = {prompt.id for prompt in self._wanted if prompt.recording and self._take(prompt)}
        self._speak([prompt for prompt in self._wanted if prompt.id not in own])
        linked = self._link(own)
        for problem in self._problems:
            logger.warning("%s", problem)
        return BuildReport(self._built, linked, len(own), tuple(self._problems))

    def _note_strangers(self) -> None:
        """Report own recordings of prompts that do not exist: most likely a slip in the file name."""
        known = {prompt.id for prompt in self._wanted}
        for language in LANGUAGES:
            for name, path in manifest.own_recordings(self._data, language).items():
                if f"{language}/{name}" not in known:
                    self._problems.append(f"{path}: there is no prompt of this name; see: warroom prompts list")

    def _take(self, prompt: manifest.PromptSpec) -> bool:
        """Convert an own recording; say whether it can be used."""
        if prompt.recording is None:
            return False
        earlier = self._earlier.get(prompt.id)
        if earlier is not None and earlier.is_stale(prompt):
            self._problems.append(
                f"{prompt.recording}: was recorded for a text that named other keys or choices: record it anew, see: "
                "warroom prompts list. The spoken prompt is used instead."
            )
            return False
        if self._cache.entry(prompt.recording_key):
            return True
        try:
            content = _converted(prompt.recording, prompt.recording_key)
        except InvalidAudioError as error:
            self._problems.append(f"{error}. The spoken prompt is used instead.")
            return False
        self._cache.add(prompt.recording_key, content)
        self._built += 1
        return True

    def _speak(self, prompts: list[manifest.PromptSpec]) -> None:
        """Make every text and tone that the cache does not have; the same text only once."""
        todo = {prompt.key: prompt for prompt in prompts if not self._cache.entry(prompt.key)}
        total = len(self._wanted)
        self._report_progress(total - len(todo), total)
        made = run_with_voices(todo.values(), self._make, (SpeechFailedError, InvalidAudioError))
        for done, (prompt, error) in enumerate(made, start=total - len(todo) + 1):
            if error is None:
                self._built += 1
            else:
                self._problems.append(f"{prompt.id}: could not be spoken: {error}")
            self._report_progress(done, total)

    def _make(self, prompt: manifest.PromptSpec, voice: TtsEngine) -> None:
        """Make one text or tone, in a thread."""
        if prompt.voice is None:
            content = formats.encode_tone(Sound(TONES[prompt.name].samples(TONE_RATE), TONE_RATE))
        elif prompt.spoken is not None:
            content = formats.encode_speech(read_stored(prompt.spoken))
        else:
            content = formats.encode_speech(voice.speak(prompt.text, prompt.voice))
        self._cache.add(prompt.key, content)

    def _link(self, own: set[str]) -> int:
        """Put every prompt that could be made into the data directory; return how many were not there."""
        linked = 0
        index = {}
        for prompt in self._wanted:
            key = prompt.recording_key if prompt.id in own else prompt.key
            entry = self._cache.entry(key)
            if entry is None:
                continue  # one of the problems
            linked += caching.put(entry, manifest.prompts_directory(self._data) / prompt.language / prompt.name)
            seconds = (entry / "prompt.alaw").stat().st_size / formats.BYTES_A_SECOND["alaw"]
            source: manifest.Source = "own" if prompt.id in own else "spoken"
            engine = prompt.voice.engine if prompt.voice and source == "spoken" else ""
            earlier = self._earlier.get(prompt.id)
            known = earlier is not None and earlier.recording_key == prompt.recording_key
            text_key = earlier.text_key if earlier and known else prompt.key
            index[prompt.id] = manifest.BuildRecord(source, engine, key, prompt.recording_key, seconds, text_key)
        manifest.write_index(self._data, index.items())
        return linked

    def _report_progress(self, done: int, total: int) -> None:
        """Report progress."""
        if self._progress is not None:
            self._progress(done, total)


def _converted(recording: Path, key: str) -> dict[str, bytes]:
    """Return an own recording, whose content has this key, in the native formats.

    Raises:
        InvalidAudioError: It cannot be used; the message names the file and the expected form.
    """
    sound = read_wav(recording)
    if caching.key_of_recording(recording) != key:
        raise InvalidAudioError(f"{recording}: changed while it was read; build again when it is complete")
    shortest, longest = RECORDING_S
    if not shortest <= sound.seconds <= longest:
        raise InvalidAudioError(f"{recording}: lasts {sound.seconds:.1f} s; expected {shortest:g} to {longest:g} s")
    try:
        return formats.encode_speech(sound)
    except InvalidAudioError as error:
        raise InvalidAudioError(f"{recording}: {error}; {EXPECTED}") from error

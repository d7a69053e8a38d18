"""Synthesises speech with pyttsx3, by espeak-ng or Kokoro, in a process of its own, and checks the result."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from agi.prompts.errors import InvalidAudioError, SpeechFailedError, VoiceMissingError
from agi.prompts.sound import levels
from agi.prompts.sound.wav import Sound, read_wav
from agi.prompts.text_files import read_texts
from agi.prompts.voices import RATE_WPM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from agi.prompts.voices import Voice

START_TIMEOUT_S: Final = 30.0  # an engine starts in 0.1 s; a machine busy with calls may need long
SPEAK_TIMEOUT_S: Final = 120.0  # espeak-ng speaks a text of 20 s in 0.2 s, Kokoro in 12 s; as above
CHARACTER_S: Final = (0.025, 0.5)  # shortest and longest plausible seconds of sound for a character of text
MIN_LENGTH_S: Final = 0.15  # of a spoken word
END_QUIET_S: Final = 0.1  # the engine ends every text with silence; without it the text was cut off

_WORKER: Final = Path(__file__).with_name("tts_worker.py")
_DEVANAGARI: Final = re.compile("[\u0900-\u0963\u0970-\u097f]+")  # a word; the danda and digits are no letters

_JOINED: Final = re.compile("(?<=[\u0900-\u0963])-(?=[\u0900-\u0963])")
"""A hyphen within a word, which espeak-ng takes away: साफ़-सफ़ाई would be said as one long word."""


def speaker_of(text: str) -> str:
    """Return the language whose voice speaks this text: Devanagari is Hindi, all else English.

    So "For English, press eight" in the Hindi set is said by the English voice.
    """
    return "hi" if _DEVANAGARI.search(text) else "en"


def spoken_text(text: str) -> str:
    """Return a text as it is given to the voice: with the respellings that make it say the words rightly."""
    respelled = _respellings()
    text = _JOINED.sub(" ", text)
    return _DEVANAGARI.sub(lambda word: respelled.get(word[0], word[0]), text)


@cache
def _respellings() -> dict[str, str]:
    """Return word as written -> as given to the Hindi voice."""
    return read_texts("pronounced_hi.toml")


class TtsEngine:
    """A speaking process, started when first needed. Not for two threads at once; close it (context manager)."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._voices: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def speak(self, text: str, voice: Voice) -> Sound:
        """Return the text spoken by a voice; tried a second time in a fresh process.

        Raises:
            VoiceMissingError: There is no engine or no voice for the language.
            SpeechFailedError: It went wrong twice; the message says how.
        """
        try:
            return self._once(text, voice)
        except SpeechFailedError:
            self.close()
        return self._once(text, voice)

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # the rest of a job that nobody reads any more

    def _once(self, text: str, voice: Voice) -> Sound:
        """Speak a text and check the sound."""
        if self._process is None:
            self._start()
        job = {"engine": voice.engine, "text": spoken_text(text), "voice": self._id_of(voice), "rate": RATE_WPM}
        with tempfile.TemporaryDirectory(prefix="warroom-voice-") as scratch:
            path = Path(scratch, "spoken.wav")
            reply = self._ask({**job, "path": str(path)}, SPEAK_TIMEOUT_S)
            if "error" in reply:
                raise SpeechFailedError(f"the speech engine says: {reply['error']}")
            try:
                sound = read_wav(path)
            except InvalidAudioError as error:
                raise SpeechFailedError(str(error)) from error
        check_spoken(text, sound)
        return sound

    def _id_of(self, voice: Voice) -> str:
        """Return the engine's id of a voice: espeak-ng's own is a file name, found by the language tag."""
        if voice.engine == "kokoro":
            return voice.id
        if voice.id not in self._voices:
            raise VoiceMissingError(
                f"espeak-ng has no voice for language {voice.id!r}: install its voices, apt-get install espeak-ng-data"
            )
        return self._voices[voice.id]

    def _start(self) -> None:
        """Start the process and learn its voices."""
        # -P: the directory of the worker is not searched for modules
        self._process = subprocess.Popen(  # noqa: S603 - our own file, no shell
            [sys.executable, "-P", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        hello = self._reply(START_TIMEOUT_S)
        if "error" in hello:
            self.close()
            raise VoiceMissingError(
                f"the speech engine does not start ({hello['error']}): apt-get install espeak-ng, "
                "then build the prompts again"
            )
        self._voices = hello["voices"]

    def _ask(self, job: Mapping[str, object], limit_s: float) -> dict[str, Any]:
        """Send a job, return its reply."""
        if self._process is None or self._process.stdin is None:
            raise SpeechFailedError("the speaking process is not running")
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise SpeechFailedError("the speaking process has died") from error
        return self._reply(limit_s)

    def _reply(self, limit_s: float) -> dict[str, Any]:
        """Return the next line of the process; it is killed when it takes longer than the limit."""
        process = self._process
        if process is None or process.stdout is None:
            raise SpeechFailedError("the speaking process is not running")
        guard = threading.Timer(limit_s, process.kill)
        guard.start()
        try:
            line = process.stdout.readline()
        finally:
            guard.cancel()
        if not line.endswith("\n"):
            raise SpeechFailedError(f"the speaking process died or gave nothing within {limit_s:g} s")
        reply: dict[str, Any] = json.loads(line)
        return reply


def check_spoken(text: str, sound: Sound) -> None:
    """Check that a spoken sound can be the whole of its text.

    Raises:
        SpeechFailedError: Too short, too long, silent or cut off at its end.
    """
    begin, end = levels.trim_silence(sound.samples, sound.rate)
    seconds = (end - begin) / sound.rate
    if begin == end:
        raise SpeechFailedError(f"only silence was spoken for {text!r}")
    shortest, longest = (limit * len(text) for limit in CHARACTER_S)
    if not max(shortest, MIN_LENGTH_S) <= seconds <= longest + 1:
        raise SpeechFailedError(f"{seconds:.1f} s were spoken for the {len(text)} characters of {text!r}")
    if len(sound.samples) - end < END_QUIET_S * sound.rate:
        raise SpeechFailedError(f"cut off at its end: {text!r}")

"""Kokoro as a driver of pyttsx3, so that one interface and one process serve both voices.

pyttsx3 looks for drivers in its own package alone: `register` puts this module there. A driver runs the commands that
pyttsx3 has queued, one after the other, and tells it of errors; this one only writes files, it has no loudspeaker.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import soundfile
from pyttsx3.voice import Voice

from agi.prompts.voices import KOKORO, RATE_WPM
from recordings.kokoro.installed import FOLDER, Installation
from recordings.kokoro.reading import read_text
from recordings.kokoro.styles import load_style
from recordings.kokoro.synthesis import RATE, Kokoro

if TYPE_CHECKING:
    from recordings.kokoro.styles import Style

NAME: Final = "kokoro"
"""By which pyttsx3 is asked for it."""
NATURAL_WPM: Final = 161
"""Words a minute of the voice at its own speed: measured against espeak-ng, whose rate is set, on the prompts."""


def register() -> None:
    """Make the driver known to pyttsx3."""
    sys.modules[f"pyttsx3.drivers.{NAME}"] = sys.modules[__name__]


def buildDriver(proxy: Any) -> KokoroDriver:  # noqa: N802 - the name is pyttsx3's
    """Return the driver; pyttsx3 calls this. Raises `KokoroError` when the voice is not installed."""
    return KokoroDriver(proxy)


class KokoroDriver:
    """What pyttsx3 asks of a driver. A voice's id is style and language, "hf_alpha/hi"."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy
        self._installation = Installation(FOLDER)
        self._kokoro = Kokoro(self._installation)
        self._styles: dict[str, Style] = {}
        self._properties: dict[str, Any] = {
            "voices": [Voice(voice.id, voice.id, [voice.language]) for voice in KOKORO.values()],
            "voice": KOKORO["hi"].id,
            "rate": RATE_WPM,
            "volume": 1.0,
        }

    def startLoop(self) -> None:  # noqa: N802 - the names of these methods are pyttsx3's
        """Run what is queued; it ends with the command to end this loop."""
        self._proxy.setBusy(False)

    def endLoop(self) -> None:  # noqa: N802
        """Nothing goes on after the loop."""

    def stop(self) -> None:
        """Nothing goes on that could be stopped."""

    def destroy(self) -> None:
        """Nothing is left behind."""

    def getProperty(self, name: str) -> Any:  # noqa: N802
        """Return a property; KeyError when there is none of this name."""
        return self._properties[name]

    def setProperty(self, name: str, value: Any) -> None:  # noqa: N802
        """Set a property; KeyError when there is none of this name."""
        if name not in self._properties:
            raise KeyError(name)
        self._properties[name] = value

    def save_to_file(self, text: str, filename: str) -> None:
        """Write a text, spoken, as a WAV file. Raises KokoroError, OSError."""
        style, _, language = self._properties["voice"].partition("/")
        if style not in self._styles:
            self._styles[style] = load_style(self._installation, style)
        speed = round(self._properties["rate"] / NATURAL_WPM, 2)
        sound = read_text(self._kokoro, self._styles[style], text, language, speed) * self._properties["volume"]
        soundfile.write(filename, sound, RATE, subtype="PCM_24", format="WAV")

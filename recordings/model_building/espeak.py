"""Speech with the exact time of every sound: espeak-ng's library in this process.

Source: `speak_lib.h` of espeak-ng 1.51. The library keeps one voice and one callback a process, so does this module.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recordings.model_building.errors import SpeechError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LIBRARY: Final = "libespeak-ng.so.1"
_SYNCHRONOUS: Final = 2  # AUDIO_OUTPUT_SYNCHRONOUS: the sound comes to the callback, not to a sound card
_PHONEME_EVENTS: Final = 1  # espeakINITIALIZE_PHONEME_EVENTS
_POSITION_IS_CHARACTER: Final = 1
_UTF8: Final = 1
_RATE, _VOLUME, _PITCH, _RANGE, _GAP = 1, 2, 3, 4, 7  # espeak_PARAMETER
_LIST_END, _WORD, _PHONEME = 0, 1, 7  # espeak_EVENT_TYPE


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound that was spoken.

    Attributes:
        name: espeak's mnemonic, without stress marks; starts with `_` for a pause.
        start: First sample.
        word: Position of its word in the text (0 for the first), or -1 before the first.
    """

    name: str
    start: int
    word: int


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Speaker:
    """espeak-ng, started once a process.

    Args:
        data: The folder that contains `espeak-ng-data`; None for the one that is installed.

    Raises:
        SpeechError: If the library is not there or does not start.
    """

    def __init__(self, data: Path | None = None) -> None:
        try:
            self._library: Any = ctypes.CDLL(LIBRARY)
        except OSError as error:
            raise SpeechError(f"{LIBRARY} not found: apt-get install libespeak-ng1 espeak-ng-data") from error
        where = str(data).encode() if data else None
        self.sample_rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, where, _PHONEME_EVENTS)
        if self.sample_rate <= 0:
            raise SpeechError(f"espeak-ng does not start with the data in {data or 'its own folder'}")
        self._pieces: list[NDArray[np.int16]] = []
        self._sounds: list[Sound] = []
        self._word = -1
        self._voice = ""
        self._callback = _Callback(self._take)  # kept: the library calls it later
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(
        self, text: str, voice: str, *, rate: int = 175, pitch: int = 50, pitch_range: int = 50, gap: int = 0
    ) -> tuple[NDArray[np.int16], list[Sound]]:
        """Speak a text.

        Args:
            text: Words with a blank between them.
            voice: A language, with `+variant` for another speaker.
            rate: Words a minute, 80 to 450.
            pitch: 0 to 99.
            pitch_range: 0 (monotonous) to 99.
            gap: Pause between words, in 10 ms.

        Returns:
            Samples at `sample_rate` and the sounds in order.

        Raises:
            SpeechError: If there is no such voice.
        """
        if voice != self._voice:
            if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise SpeechError(f"espeak-ng has no voice {voice!r}")
            self._voice = voice
        for parameter, value in ((_RATE, rate), (_VOLUME, 100), (_PITCH, pitch), (_RANGE, pitch_range), (_GAP, gap)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._pieces.clear()
        self._sounds.clear()
        self._word = -1
        raw = text.encode() + b"\0"
        self._library.espeak_Synth(raw, ctypes.c_size_t(len(raw)), 0, _POSITION_IS_CHARACTER, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        samples = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        return samples, list(self._sounds)

    def _take(self, wave: Any, count: int, events: Any) -> int:
        """Take the library's samples; 0 tells it to go on."""
        if wave and count > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, shape=(count,)).copy())
        place = 0
        while events[place].type != _LIST_END:
            event = events[place]
            if event.type == _WORD and event.length > 0:  # length 0: a stray one after each change of voice
                self._word += 1
            elif event.type == _PHONEME:
                name = bytes(event.id.string).split(b"\0")[0].decode("utf-8", "replace")
                self._sounds.append(Sound(name, event.sample, self._word))
            place += 1
        return 0

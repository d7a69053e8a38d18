"""Speech as it comes over a telephone: espeak-ng, 8 kHz, through A-law."""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import soxr

from agi.prompts.sound.g711 import from_alaw, to_alaw
from agi.prompts.tts import TtsEngine
from agi.prompts.voices import ESPEAK, Voices
from agi.settings import PromptVoices

if TYPE_CHECKING:
    from pathlib import Path

RATE = 8000
ESPEAKS = Voices(PromptVoices(hi="espeak-ng", en="espeak-ng"))
"""The voices of any machine, whatever is installed on this one."""
RATION = "भोपाल में राशन चाहिए"
"""A sentence the model that comes with the program knows."""


@cache
def spoken(text: str = RATION, language: str = "hi") -> bytes:
    """A text as A-law code words."""
    with TtsEngine() as voice:
        sound = voice.speak(text, ESPEAK[language])
    samples = soxr.resample(sound.samples, sound.rate, RATE)
    return to_alaw(np.clip(samples * 32767, -32768, 32767).astype(np.int16))


def samples_of(text: str = RATION, language: str = "hi") -> np.ndarray:
    """The same as 16-bit samples."""
    return from_alaw(spoken(text, language))


def wav(samples: np.ndarray, *, rate: int = RATE, channels: int = 1, data_size: int | None = None) -> bytes:
    """A WAV file as Asterisk writes it; `data_size` is what its header claims, if not the truth."""
    data = samples.astype("<i2").tobytes()
    size = len(data) if data_size is None else data_size
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack("<I", 16) + form
    return head + b"data" + struct.pack("<I", size) + data


def write(path: Path, samples: np.ndarray, **form: int) -> Path:
    """Write a WAV file and return its path."""
    path.write_bytes(wav(samples, **form))
    return path


def tone(seconds: float, *hertz: float, rate: int = RATE) -> np.ndarray:
    """Tones sounding together at half scale."""
    time = np.arange(int(seconds * rate)) / rate
    waves = [np.sin(2 * np.pi * each * time) for each in hertz] or [0 * time]
    return (np.mean(waves, axis=0) * 16000).astype(np.int16)


def level(sound: np.ndarray, hertz: float) -> float:
    """How loud a frequency is in the tenth of a second in which it is loudest, as the height of its wave."""
    length = RATE // 10
    wave = np.exp(-2j * np.pi * hertz * np.arange(length) / RATE) * np.hanning(length)
    pieces = sound[: len(sound) // length * length].reshape(-1, length)
    return float(np.max(np.abs(pieces @ wave), initial=0) * 2 / np.hanning(length).sum())

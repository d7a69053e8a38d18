"""Messages for the speech bench: sentences of words the model that comes with the program knows, by several voices.

Every voice is espeak-ng's, at several speeds and pitches, resampled to 8 kHz and through A-law: what is measured with
them says nothing of human callers.
"""

from __future__ import annotations

import io
import subprocess
from itertools import product
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from agi.prompts.sound.g711 import from_alaw, to_alaw

RATE = 8000
_PAUSE_S = 0.4
_PARTS = 4  # sentences in a message: some twelve seconds
_VOICES = ("hi", "hi+f2", "hi+f4", "hi+m3", "hi+m7")
_SPEEDS = ("130", "165")
_SENTENCES = (
    "नमस्ते मैं भोपाल से बोल रहा हूं",
    "हमारे घर में राशन नहीं है",
    "इंदौर जिले में गैस सिलेंडर चाहिए",
    "मुझे बुखार की दवा चाहिए",
    "हम सात लोग गुजरात में फंसे हैं",
    "मेरे बच्चे को दूध नहीं मिला",
    "गांव में पानी बंद है",
    "मेरी मां बीमार है एम्बुलेंस चाहिए",
    "सागर में दस किसान परिवार को आटा चाहिए",
    "जबलपुर अस्पताल में डॉक्टर नहीं है",
    "हमें खाना और पानी जल्दी चाहिए",
    "उज्जैन की राशन दुकान बंद है",
    "मुझे दाल चावल और तेल चाहिए",
    "रीवा में पांच मजदूर हैं",
    "महिला को सेनेटरी पैड चाहिए",
    "ग्वालियर में बिजली नहीं है",
    "मेरा नंबर नौ आठ सात दो एक शून्य",
    "छिंदवाड़ा में सब्जी नहीं मिल रही है",
    "हम महाराष्ट्र से घर जाना है",
    "डीजल और पेट्रोल कब मिलेगा",
)


class Message(NamedTuple):
    """What was said, and its sound: 16-bit samples at 8 kHz."""

    text: str
    samples: np.ndarray

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / RATE


def messages() -> list[Message]:
    """Return each sentence by each voice and speed, four to a message of one voice."""
    made = []
    for voice, speed in product(_VOICES, _SPEEDS):
        spoken = [_speak(text, voice, speed) for text in _SENTENCES]
        for start in range(0, len(_SENTENCES), _PARTS):
            texts, sounds = _SENTENCES[start : start + _PARTS], spoken[start : start + _PARTS]
            quiet = np.zeros(int(_PAUSE_S * RATE), np.int16)
            samples = np.concatenate([part for sound in sounds for part in (quiet, sound)] + [quiet])
            made.append(Message(" ".join(texts), from_alaw(to_alaw(samples))))
    return made


def _speak(text: str, voice: str, speed: str) -> np.ndarray:
    command = ["espeak-ng", "-v", voice, "-s", speed, "--stdout", text]
    spoken = subprocess.run(command, check=True, capture_output=True).stdout
    samples, rate = soundfile.read(io.BytesIO(_with_size(spoken)))
    return np.clip(soxr.resample(samples, rate, RATE) * 32767, -32768, 32767).astype(np.int16)


def _with_size(wav: bytes) -> bytes:
    """A pipe cannot be wound back: espeak-ng leaves a size of 2 GB in the header."""
    return wav[:4] + (len(wav) - 8).to_bytes(4, "little") + wav[8:40] + (len(wav) - 44).to_bytes(4, "little") + wav[44:]

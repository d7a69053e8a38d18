"""Reads a WAV file, an admin's or the speech engine's, as samples.

The ``wave`` module of Python 3.11 refuses WAVE_FORMAT_EXTENSIBLE, the form in which most programs write 24 bits and
stereo, and does not notice a file cut short; so the few chunks are read here.
Source: "Multimedia Programming Interface and Data Specifications 1.0" (IBM, Microsoft, 1991), RIFF WAVE;
``mmreg.h`` for the extensible form.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - part of the public signature
from typing import TYPE_CHECKING, Final

import numpy as np

from agi.prompts.errors import InvalidAudioError

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXPECTED: Final = "expected a WAV file, PCM of 8, 16 or 24 bits, mono or stereo, 8,000 to 192,000 samples a second"
_PCM: Final = 1
_EXTENSIBLE: Final = 0xFFFE
_PCM_GUID_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")  # of every sub-format made from a format tag
_RATES: Final = range(8_000, 192_001)
_HEADER: Final = struct.Struct("<HHIIHH")
_MAX_FILE_BYTES: Final = 200_000_000  # bytes; two minutes of 24-bit stereo at 192 kHz are 138 MB


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono sound.

    Attributes:
        samples: Shape (n,), between -1 and 1.
        rate: Samples a second.
    """

    samples: NDArray[np.float64]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


def read_wav(path: Path) -> Sound:
    """Read a WAV file; stereo is mixed down to mono.

    Raises:
        InvalidAudioError: Not such a file; the message names the file, what is wrong and what is expected.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise InvalidAudioError(f"{path}: larger than {_MAX_FILE_BYTES:,} bytes; {EXPECTED}")
        content = path.read_bytes()
    except OSError as error:
        raise InvalidAudioError(f"{path}: cannot be read: {error.strerror}; {EXPECTED}") from error
    try:
        return _parse(content)
    except InvalidAudioError as error:
        raise InvalidAudioError(f"{path}: {error}; {EXPECTED}") from error


def _parse(content: bytes) -> Sound:
    """Return the sound of a whole file's bytes."""
    chunks = _chunks(content)
    if b"fmt " not in chunks or b"data" not in chunks:
        raise InvalidAudioError("no sound in it")
    form = chunks[b"fmt "]
    if len(form) < _HEADER.size:
        raise InvalidAudioError("its format chunk is cut short")
    tag, channels, rate, _, align, bits = _HEADER.unpack_from(form)
    if tag == _EXTENSIBLE and form[26:40] == _PCM_GUID_TAIL:
        tag = struct.unpack_from("<H", form, 24)[0]
    if tag != _PCM:
        raise InvalidAudioError(f"its coding is number {tag}, not PCM")
    if bits not in (8, 16, 24) or channels not in (1, 2) or align != channels * bits // 8:
        raise InvalidAudioError(f"it has {channels} channels of {bits} bits")
    if rate not in _RATES:
        raise InvalidAudioError(f"it has {rate} samples a second")
    data = chunks[b"data"]
    samples = _samples(data[: len(data) // align * align], bits)
    return Sound(samples.reshape(-1, channels).mean(axis=1), rate)


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a RIFF WAVE file, the first of each name."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise InvalidAudioError("not a WAV file")
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        at += 8
        if at + size > len(content):
            raise InvalidAudioError(f"cut short: {at + size - len(content)} bytes are missing at its end")
        found.setdefault(name, content[at : at + size])
        at += size + size % 2
    return found


def _samples(data: bytes, bits: int) -> NDArray[np.float64]:
    """Return PCM as samples between -1 and 1 (8 bits are unsigned, the others signed)."""
    if bits == 8:  # noqa: PLR2004
        return (np.frombuffer(data, np.uint8).astype(np.float64) - 128) / 128
    if bits == 16:  # noqa: PLR2004
        return np.frombuffer(data, "<i2") / 32768.0
    low, middle, high = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32).T
    return np.asarray((low + (middle << 8) + (((high ^ 0x80) - 0x80) << 16)) / float(1 << 23))

"""Reads a WAV file, an admin's or the speech engine's, as samples."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - part of the public signature
from typing import TYPE_CHECKING, Final

import soundfile

from agi.prompts.errors import InvalidAudioError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXPECTED: Final = "expected a WAV file, PCM of 8, 16 or 24 bits, mono or stereo, 8,000 to 192,000 samples a second"
_CONTAINERS: Final = ("WAV", "WAVEX")  # libsndfile's names; WAVEX is WAVE_FORMAT_EXTENSIBLE
_CODINGS: Final = ("PCM_U8", "PCM_16", "PCM_24")
_CHANNELS: Final = (1, 2)
_RATES: Final = range(8_000, 192_001)
_RIFF_HEADER: Final = 8  # bytes: the name RIFF, then how many bytes follow (little-endian)
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
        InvalidAudioError: Not such a file; the message names the file, the fault and the expected form.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise InvalidAudioError(f"{path}: larger than {_MAX_FILE_BYTES:,} bytes; {EXPECTED}")
        content = path.read_bytes()
    except OSError as error:
        raise InvalidAudioError(f"{path}: cannot be read: {error.strerror}; {EXPECTED}") from error
    try:
        _check_complete(content)
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _check_form(file)
            return Sound(file.read(always_2d=True).mean(axis=1), file.samplerate)
    except soundfile.LibsndfileError as error:
        raise InvalidAudioError(f"{path}: {error.error_string.strip(' .')}; {EXPECTED}") from error
    except InvalidAudioError as error:
        raise InvalidAudioError(f"{path}: {error}; {EXPECTED}") from error


def _check_complete(content: bytes) -> None:
    """See that a WAV file is whole: libsndfile reads one that was cut short as far as it goes."""
    if not content.startswith(b"RIFF"):
        raise InvalidAudioError("not a WAV file")
    missing = _RIFF_HEADER + int.from_bytes(content[4:_RIFF_HEADER], "little") - len(content)
    if missing > 0:
        raise InvalidAudioError(f"cut short: {missing} bytes are missing at its end")


def _check_form(file: soundfile.SoundFile) -> None:
    if file.format not in _CONTAINERS:
        raise InvalidAudioError("not a WAV file")
    if file.subtype not in _CODINGS:
        raise InvalidAudioError(f"its coding is {file.subtype_info}")
    if file.channels not in _CHANNELS:
        raise InvalidAudioError(f"it has {file.channels} channels")
    if file.samplerate not in _RATES:
        raise InvalidAudioError(f"it has {file.samplerate} samples a second")

"""Decodes a voice message in a process of its own: `python -m recordings.voice_decoder SOURCE GOAL`.

What people send is decoded by libraries in C. So this process may use little memory and time, opens no other files, and
whatever happens to it happens to it alone. The result is what Asterisk writes: 8,000 samples a second, 16 bits, one
channel, so that rooms hear it by telephone as well.

Exit codes: 0 written; 3 it is no sound that can be decoded, or too short; by a signal: it wanted more than it may have.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Final

CPU_S: Final = 30
"""Seconds of a processor: a quarter of an hour of Opus takes two."""
MEMORY_BYTES: Final = 1 << 30
"""Of address space; the libraries alone take some 300 MB of it, hardly any of that in memory."""
FILE_BYTES: Final = 32 << 20
"""Of the file written: half an hour."""
MAX_S: Final = 900.0
"""Seconds of sound that are kept: nobody listens to more; WhatsApp itself has no limit but the file's size."""
MIN_S: Final = 0.1
RATE: Final = 8000
NICE: Final = 10
REFUSED: Final = 3
_BLOCK: Final = 48_000  # frames in memory at once: a second


def main() -> int:
    """Decode."""
    source, goal = sys.argv[1:3]
    _limit()
    import numpy as np
    import soundfile
    import soxr  # all of them within the limits

    try:
        with (
            soundfile.SoundFile(source) as sound,
            soundfile.SoundFile(goal, "w", RATE, 1, subtype="PCM_16", format="WAV") as made,
        ):
            stream = soxr.ResampleStream(sound.samplerate, RATE, 1, dtype="int16")
            left = int(MAX_S * sound.samplerate)
            for block in sound.blocks(blocksize=_BLOCK, dtype="int16", always_2d=True):
                mono = block[:left, 0] if sound.channels == 1 else block[:left].mean(axis=1).astype(np.int16)
                made.write(stream.resample_chunk(np.ascontiguousarray(mono)))
                left -= len(mono)
                if left <= 0:
                    break
            made.write(stream.resample_chunk(np.empty(0, np.int16), last=True))
            seconds = made.frames / RATE
    except (soundfile.LibsndfileError, RuntimeError, ValueError, MemoryError) as error:
        sys.stderr.write(f"it cannot be decoded: {type(error).__name__}\n")
        return REFUSED
    if seconds < MIN_S:
        sys.stderr.write("there is no sound in it\n")
        return REFUSED
    return 0


def _limit() -> None:
    os.nice(NICE)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # each thread of it takes address space
    for what, most in (
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except ValueError:  # an admin has set a lower one
            continue


if __name__ == "__main__":
    sys.exit(main())

"""What callers answer, said by two voices that no speech model of ours has heard: districts and needs, 8 kHz.

The sounds lie in ``tests/data/spoken_answers``: one Ogg Opus file a voice, with the place of each answer in
``index.json``. `python -m tests.support.make_spoken_answers` speaks them anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from agi.prompts.sound.g711 import from_alaw, to_alaw

FOLDER = Path(__file__).parent.parent / "data" / "spoken_answers"
INDEX = FOLDER / "index.json"
RATE = 8000
VOICES = ("hf_beta", "hm_psi")
"""A woman and a man."""
NOISY_DB = 12.0
_LEVEL = 1700.0  # root mean square of speech of 16 bits: -26 dB, what ITU-T P.56 calls the usual level
_LEAST = 200  # samples above it are speech and not the silence around it


class Said(NamedTuple):
    """One answer: who said what, and where its sound lies in the voice's file, in samples.

    Attributes:
        voice: One of `VOICES`.
        question: "district" or "need".
        meaning: The id that it stands for.
        way: "alone", or "frame": within a short sentence.
        text: What was said.
        start: The first sample.
        length: How many.
    """

    voice: str
    question: str
    meaning: str
    way: str
    text: str
    start: int
    length: int


@cache
def index() -> tuple[Said, ...]:
    """Return all answers there are."""
    return tuple(Said(*row) for row in json.loads(INDEX.read_text(encoding="utf-8")))


def answers(question: str, voice: str | None = None, way: str | None = None) -> list[Said]:
    """Return the answers to a question, by one voice or in one way alone if wanted."""
    return [
        said
        for said in index()
        if said.question == question and voice in (None, said.voice) and way in (None, said.way)
    ]


def samples_of(said: Said, *, noise_db: float | None = None, seed: int = 0) -> np.ndarray:
    """Return the sound of an answer at the usual level, with a second of the line before and a half behind it.

    Args:
        said: The answer.
        noise_db: How many dB the noise of the line is below the speech; None: it is silent.
        seed: Of the noise.
    """
    speech = _file(said.voice)[said.start : said.start + said.length].astype(np.float64)
    loud = np.abs(speech) > _LEAST
    speech *= _LEVEL / np.sqrt(np.mean(speech[loud] ** 2))
    line = np.concatenate([np.zeros(RATE * 3 // 4), speech, np.zeros(RATE // 2)])
    if noise_db is not None:
        noise = np.random.default_rng([seed, said.start]).normal(0, 1, len(line) + 1)
        pink = noise[1:] + 0.7 * noise[:-1]  # a line's noise is stronger below
        line += pink * _LEVEL * 10 ** (-noise_db / 20) / pink.std()
    return from_alaw(to_alaw(np.clip(line, -32768, 32767).astype(np.int16)))


def coded(said: Said, *, noise_db: float | None = None, seed: int = 0) -> bytes:
    """Return the same as A-law code words."""
    return to_alaw(samples_of(said, noise_db=noise_db, seed=seed))


@cache
def _file(voice: str) -> np.ndarray:
    samples, rate = soundfile.read(FOLDER / f"{voice}.ogg", dtype="int16")
    assert rate == RATE
    return np.asarray(samples)

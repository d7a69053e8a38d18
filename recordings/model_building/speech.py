"""Kokoro reads texts in many voices: shards of speech, made one by one, on one core each.

A shard has a seed of its own: what was made before a stop stays, and a shard that is made again says the same.
"""

from __future__ import annotations

import math
import re
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.kokoro.phonemes import phonemes
from recordings.kokoro.synthesis import RATE, Kokoro
from recordings.model_building.errors import UnknownSoundError
from recordings.model_building.ipa import spelled_sounds
from recordings.model_building.shards import SHARD_RATE, Utterance, WordSigns, write_shard
from recordings.model_building.speakers import training_speakers
from recordings.model_building.texts import Texts, spoken_words
from recordings.model_building.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recordings.kokoro.installed import Installation
    from recordings.model_building.speakers import Person
    from recordings.model_building.texts import Text

IN_A_SHARD: Final = 40
_SEED: Final = 77
_SIGNS_AT_MOST: Final = 300  # of an utterance: longer ones are read without a breath
_UNITS_AT_MOST: Final = 255  # of a sign: it is stuck
_ENGLISH_A: Final = re.compile("a(?![ː\N{COMBINING TILDE}])")
"""Of "bank", as espeak-ng writes it for British English; Kokoro was trained on the IPA's usual sign. Hindi has none."""
_COMMA: Final = 0.7  # share of phrases with a comma after them
_SPEED: Final = (0.13, 0.75, 1.4)  # spread of its logarithm, slowest, fastest


class Reader:
    """Reads texts.

    Args:
        installation: The voice.

    Raises:
        NotInstalledError: If a part of the voice is missing.
    """

    def __init__(self, installation: Installation) -> None:
        self._voice = Kokoro(installation)
        self._speakers = training_speakers(installation)
        self._texts = Texts(load_vocabulary(), spoken_words())

    def shard(self, path: Path, number: int) -> float:
        """Write a shard; returns its minutes of speech."""
        rng = np.random.default_rng([_SEED, number])
        utterances: list[Utterance] = []
        while len(utterances) < IN_A_SHARD:
            text, person = self._texts.draw(rng), self._speakers.draw(rng)
            spread, slowest, fastest = _SPEED
            speed = min(max(math.exp(rng.normal(0.0, spread)), slowest), fastest)
            spoken = self._read(text, person, speed, rng)
            if spoken is not None:
                utterances.append(spoken)
        write_shard(path, utterances)
        return sum(len(one.samples) for one in utterances) / SHARD_RATE / 60

    def _read(self, text: Text, person: Person, speed: float, rng: np.random.Generator) -> Utterance | None:
        """Return a text as it is spoken, or None if espeak-ng or the voice makes something else of it."""
        import soxr

        commas = 1.0 if text.kind == "list" else _COMMA
        spelled = spell(text.phrases, [rng.random() < commas for _ in text.phrases])
        if spelled is None:
            return None
        said, words = spelled
        if not 0 < len(said) <= _SIGNS_AT_MOST:
            return None
        speech = self._voice.speak(said, person.style, speed)
        if speech.units.max() > _UNITS_AT_MOST:
            return None
        wave = np.clip(soxr.resample(speech.samples, RATE, SHARD_RATE), -1, 1)
        return Utterance(
            (wave * 32767).astype(np.int16), speech.units.astype(np.uint8), text.words, said, speech.places, words,
            person.name, round(speed, 3), text.kind,
        )  # fmt: skip


def spell(phrases: list[list[str]], commas: list[bool]) -> tuple[str, list[WordSigns]] | None:
    """Return phrases in Kokoro's signs, and each word's sounds.

    Args:
        phrases: Words as espeak-ng reads them.
        commas: For each phrase whether a comma stands after it; there is none after the last one.

    Returns:
        None if espeak-ng joins or splits words, or one has a sign that is not known.
    """
    said = ""
    words: list[WordSigns] = []
    for number, phrase in enumerate(phrases):
        signs = _ENGLISH_A.sub("æ", phonemes(" ".join(phrase), "hi")).split(" ")
        if len(signs) != len(phrase):
            return None
        for place, word in enumerate(signs):
            if said:
                said += ", " if place == 0 and commas[number - 1] else " "
            try:
                sounds = [(one.sound, one.first, one.last) for one in spelled_sounds(word)]
            except UnknownSoundError:
                return None
            if not sounds:
                return None
            words.append(WordSigns(len(said), sounds))
            said += word
    return said, words


def make_shards(
    folder: Path, count: int, installation: Installation, processes: int, say: Callable[[str], None]
) -> None:
    """Make the shards that are not there yet.

    Args:
        folder: Where they lie.
        count: How many there shall be; each has about three and a half minutes of speech.
        installation: The voice.
        processes: Shards that are worked on at a time.
        say: Gets a line for each shard, with the time that is left.

    Raises:
        NotInstalledError: If a part of the voice is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = [(path, number) for number in range(count) if not (path := folder / f"speech-{number:04}.npz").exists()]
    if not work:
        return
    began, done = time.monotonic(), 0.0
    with ProcessPoolExecutor(processes, initializer=_start, initargs=(installation,)) as pool:
        for number, minutes in enumerate(pool.map(_shard, *zip(*work, strict=True)), 1):
            done += minutes
            left = (time.monotonic() - began) / number * (len(work) - number) / 60
            say(f"speech: shard {number} of {len(work)}, {done:.0f} minutes of speech; {left:.0f} minutes left")


_reader: list[Reader] = []  # of this process


def _start(installation: Installation) -> None:
    _reader[:] = [Reader(installation)]


def _shard(path: Path, number: int) -> float:
    return _reader[0].shard(path, number)

"""Kokoro's speech on disk: files of some utterances each, whole or not there at all.

`NAME.npz` holds `samples` (16 bits, 16 kHz, all utterances one after another), `lengths` (samples of each), `units` and
`counts` (the lengths that the voice gave to `^`, each sign, `$`; see `UNIT_S`); `NAME.json` the rest of each utterance.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from recordings.model_building.errors import ShardError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SHARD_RATE: Final = 16_000
"""Samples a second."""
UNIT_S: Final = 0.025
"""One unit of Kokoro's lengths: 600 samples at its 24 kHz."""
_UNFINISHED: Final = "unfinished"


class WordSigns(NamedTuple):
    """A word in the signs that were spoken.

    Attributes:
        start: Place of its first sign in `Utterance.said`.
        sounds: Sound, place of its first sign and place after its last one, both from `start`.
    """

    start: int
    sounds: list[tuple[str, int, int]]


@dataclass(frozen=True)
class Utterance:
    """What a voice said, and when by its own account.

    Attributes:
        samples: The sound at `SHARD_RATE`.
        units: Lengths of the pause before, of each sign, of the pause after.
        words: The words that were said.
        said: The signs.
        places: Place in `said` of each sign that has a length.
        spelled: The words in signs.
        style: The voice or mixture of voices.
        speed: 1.0 is the voice's own.
        kind: Kind of the text (`texts.py`).
    """

    samples: NDArray[np.int16]
    units: NDArray[np.uint8]
    words: list[str]
    said: str
    places: list[int]
    spelled: list[WordSigns]
    style: str
    speed: float
    kind: str


def write_shard(path: Path, utterances: Sequence[Utterance]) -> None:
    """Write a shard; it exists once both of its files do."""
    rest = [
        {
            "words": one.words,
            "said": one.said,
            "places": one.places,
            "spans": one.spelled,
            "style": one.style,
            "speed": one.speed,
            "kind": one.kind,
        }
        for one in utterances
    ]
    path.with_suffix(".json").write_text(json.dumps(rest, ensure_ascii=False), "utf-8")
    unfinished = path.with_name(f"{_UNFINISHED}-{path.stem}.npz")
    np.savez(
        unfinished,
        samples=np.concatenate([one.samples for one in utterances]),
        lengths=np.array([len(one.samples) for one in utterances]),
        units=np.concatenate([one.units for one in utterances]),
        counts=np.array([len(one.units) for one in utterances]),
    )
    unfinished.rename(path)


def shards_in(folder: Path) -> list[Path]:
    """Return the shards of a folder by name."""
    return sorted(path for path in folder.glob("*.npz") if not path.name.startswith(_UNFINISHED))


def read_shard(path: Path) -> list[Utterance]:
    """Read the utterances of a shard.

    Raises:
        ShardError: If its two files do not belong together.
    """
    try:
        rest = json.loads(path.with_suffix(".json").read_text("utf-8"))
        with np.load(path) as arrays:
            samples = np.split(arrays["samples"], np.cumsum(arrays["lengths"])[:-1])
            units = np.split(arrays["units"], np.cumsum(arrays["counts"])[:-1])
    except (OSError, ValueError, KeyError) as error:
        raise ShardError(f"{path}: cannot be read ({error}): delete it, it is made again") from error
    if not len(rest) == len(samples) == len(units):
        raise ShardError(f"{path}: {len(rest)} texts for {len(samples)} sounds: delete it, it is made again")
    return [
        Utterance(
            sound,
            lengths,
            about["words"],
            about["said"],
            about["places"],
            [WordSigns(start, [tuple(one) for one in sounds]) for start, sounds in about["spans"]],
            about["style"],
            about["speed"],
            about["kind"],
        )
        for about, sound, lengths in zip(rest, samples, units, strict=True)
    ]

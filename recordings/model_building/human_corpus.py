"""The callers of Kokoro: pieces of its speech over telephone lines, a part for each shard."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.alignment import align
from recordings.model_building.errors import NoCorpusError
from recordings.model_building.examples import SILENT, Example, Listener, silence, write_part
from recordings.model_building.pieces import piece
from recordings.model_building.shards import read_shard, shards_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_COPIES: Final = 3.0  # pieces of a text of one word
_GROWTH: Final = 0.7  # a text of n words gives n to this power times as many
_ALONE: Final = 2.0  # times as many of a word said alone


def make_parts(shards: Path, parts: Path, processes: int, say: Callable[[str], None]) -> None:
    """Make the part of each shard that has none yet.

    Args:
        shards: Folder of Kokoro's speech.
        parts: Folder of the corpus.
        processes: Shards that are worked on at a time.
        say: Gets a line for each part.

    Raises:
        NoCorpusError: If there is no shard.
        ShardError: If a shard cannot be read.
    """
    found = shards_in(shards)
    if not found:
        raise NoCorpusError(f"no speech in {shards}: run the step speech first")
    parts.mkdir(parents=True, exist_ok=True)
    work = [(shard, parts / f"part-{shard.stem}.npz") for shard in found]
    work = [(shard, part) for shard, part in work if not part.exists()]
    with ProcessPoolExecutor(processes) as pool:
        for number, hours in enumerate(pool.map(make_part, *zip(*work, strict=True)) if work else (), 1):
            say(f"telephone: part {number} of {len(work)}, {hours:.2f} hours of sound")


def make_part(shard: Path, part: Path) -> float:
    """Make the part of one shard; returns its hours of sound."""
    rng = np.random.default_rng(list(shard.stem.encode()))
    listener = Listener()
    examples: list[Example] = []
    for utterance in read_shard(shard):
        sounds = align(utterance)
        copies = _COPIES * len(utterance.words) ** _GROWTH * (_ALONE if len(utterance.words) == 1 else 1.0)
        for _ in range(round(copies)):
            quiet = rng.random() < SILENT
            example = listener.hear(silence(rng) if quiet else piece(utterance.samples, sounds, rng), rng)
            if example is not None:
                examples.append(example)
    order = rng.permutation(len(examples))
    return write_part(part, [examples[place] for place in order])

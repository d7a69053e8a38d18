"""What every clone has to fetch is kept small: the speech models, and the prompts as they are spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.prompts.stored import FOLDER as SPOKEN
from recordings.settings import OWN_MODEL

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 8_000_000


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_each_speech_model_is_small() -> None:
    sizes = {path.name: size(path) for path in OWN_MODEL.parent.iterdir() if path.is_dir()}
    assert {"hi-600", "hi-2000"} <= sizes.keys()
    assert max(sizes.values()) <= MOST_BYTES, sizes


def test_spoken_prompts_are_small() -> None:
    assert 0 < size(SPOKEN) <= MOST_BYTES

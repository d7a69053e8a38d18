"""The part of the test set that lies in the repository: tests and the bench hear it on machines without the voices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recordings.model_building.features import SAMPLE_RATE
from recordings.model_building.trials.sound import INDEX, read_set

if TYPE_CHECKING:
    from pathlib import Path

_TAKEN: Final = {"phrases": 25, "words": 30, "outside": 20}
"""How many of each set, the first ones: in all 750 kB."""
_VOICES: Final = ("hf_beta", "hm_psi")


def write_excerpt(sets: Path, out: Path) -> int:
    """Write the excerpt as Ogg Opus, and return its bytes.

    Args:
        sets: The test set.
        out: Gets the same folders with fewer utterances.

    Raises:
        NoTrialsError: If a set is not there.
    """
    import soundfile

    size = 0
    for name, count in ((f"{voice}-{kind}", count) for voice in _VOICES for kind, count in _TAKEN.items()):
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        lines = []
        for number, utterance in enumerate(read_set(sets / name)[:count]):
            path = folder / f"{number:02}.opus"
            soundfile.write(path, utterance.samples, SAMPLE_RATE, format="OGG", subtype="OPUS")
            size += path.stat().st_size
            lines.append(f"{path.name}\t{' '.join(utterance.words)}\n")
        (folder / INDEX).write_text("".join(lines), "utf-8")
    return size

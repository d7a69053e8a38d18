"""The speakers: espeak-ng's own variants, and random ones written into a private copy of its data.

Some variants and all of a second lot of random ones are kept for the tests and never trained on. The syntax of a
variant file is that of espeak-ng's `docs/voices.md`. espeak-ng 1.51 knows at most 349 voice files and drops the rest
without an error a program could see, so the private copy keeps two languages only.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.errors import VoiceDataError

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES: Final = ("hi", "en")
HELD_OUT: Final = tuple(
    "f4 m4 m8 steph2 Andy Alicia belinda caleb david Denis Gene2 iven3 john klatt3 linda marco Michael zac anika"
    " travis".split()
)
"""Variants that only the tests hear."""
_NOT_SPEECH: Final = {"fast", "mr", "whisper", "whisperf", "demonic", "announcer", "croak", "unirobot"}
_RANDOM: Final = re.compile(r"w\d+x\d{3}")
_FILES_AT_MOST: Final = 349  # N_VOICES_LIST - 1 in espeak-ng 1.51
_USUAL_PLACES: Final = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/share", "/usr/lib")

# The range of a random speaker: chance, vocal tract (formants in % of espeak's man), lowest pitch in Hz.
_KINDS: Final = (
    (0.17, (115, 145), (190, 330)),
    (0.17, (102, 125), (150, 260)),
    (0.33, (82, 104), (65, 135)),
    (0.33, (72, 140), (60, 320)),
)


def prepare_voices(folder: Path, count: int, seed: int) -> list[str]:
    """Write random speakers into a private copy of espeak-ng's data; existing files are kept.

    Args:
        folder: Gets `espeak-ng-data`; give it to `espeak.Speaker`.
        count: Number of random speakers.
        seed: Another seed, other speakers.

    Returns:
        Their variant names.

    Raises:
        VoiceDataError: If espeak-ng's data is not found, or there are more voices than it can take.
    """
    data = folder / "espeak-ng-data"
    if not data.exists():
        _copy_data(data)
    variants = data / "voices" / "!v"
    names = [f"w{seed}x{number:03}" for number in range(count)]
    for number, name in enumerate(names):
        rng = np.random.default_rng([seed, number])
        (variants / name).write_text("\n".join(_speaker(rng, name)) + "\n", "utf-8")
    voice_files = sum(1 for top in ("voices", "lang") for path in (data / top).rglob("*") if path.is_file())
    if voice_files > _FILES_AT_MOST:
        raise VoiceDataError(f"{data}: {voice_files} voices, espeak-ng takes {_FILES_AT_MOST}: ask for fewer")
    return names


def stock_variants(folder: Path) -> list[str]:
    """Return espeak-ng's own variants that sound like a person, without those kept for the tests."""
    apart = {name.lower() for name in HELD_OUT} | _NOT_SPEECH
    names = (path.name for path in (folder / "espeak-ng-data" / "voices" / "!v").iterdir())
    return sorted(name for name in names if name.lower() not in apart and not _RANDOM.fullmatch(name))


def _copy_data(data: Path) -> None:
    """Copy the installed data without other languages and without voices of other synthesisers."""
    places = (Path(place, "espeak-ng-data") for place in _USUAL_PLACES)
    source = next((place for place in places if place.is_dir()), None)
    if source is None:
        raise VoiceDataError(f"no espeak-ng-data in {', '.join(_USUAL_PLACES)}: apt-get install espeak-ng-data")
    unfinished = data.with_name("espeak-ng-data.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source, unfinished)
    shutil.rmtree(unfinished / "voices" / "mb", ignore_errors=True)
    for path in (unfinished / "lang").rglob("*"):
        if path.is_file() and path.name not in LANGUAGES:
            path.unlink()
    unfinished.rename(data)


def _speaker(rng: np.random.Generator, name: str) -> list[str]:
    """Return the lines of a variant file for a speaker drawn at random."""
    kind = _KINDS[int(rng.choice(len(_KINDS), p=[chance for chance, _, _ in _KINDS]))]
    size = rng.uniform(*kind[1])
    pitch = rng.uniform(*kind[2])
    lines = ["language variant", f"name {name}", f"pitch {_ints(pitch, pitch * rng.uniform(1.15, 1.8))}"]
    for formant in range(9):
        frequency = size * rng.uniform(0.93, 1.07) if formant else rng.uniform(90, 120)
        loudness = rng.uniform(55, 140) if formant < 5 else rng.uniform(30, 130)
        lines.append(f"formant {formant} {_ints(frequency, loudness, rng.uniform(65, 170))}")
    for chance, trait in _TRAITS:
        if rng.random() < chance:
            lines += trait(rng)
    return lines


def _ints(*values: float) -> str:
    return " ".join(str(int(value)) for value in values)


def _breath(rng: np.random.Generator) -> list[str]:
    loudness = rng.uniform(0.3, 2) * rng.uniform(0, 8, 8)
    return [f"breath {_ints(*loudness)}", f"breathw {_ints(*rng.uniform(120, 400, 8))}"]


def _tone(rng: np.random.Generator) -> list[str]:
    return ["tone " + " ".join(_ints(place, rng.uniform(40, 255)) for place in (200, 800, 1600, 2600))]


# The traits of a speaker, and how many of a hundred have each.
_TRAITS: Final[tuple[tuple[float, Callable[[np.random.Generator], list[str]]], ...]] = (
    (0.6, lambda rng: [f"voicing {_ints(rng.uniform(35, 170))}"]),
    (0.6, lambda rng: [f"consonants {_ints(rng.uniform(40, 150), rng.uniform(30, 160))}"]),
    (0.4, lambda rng: [f"roughness {rng.integers(6)}"]),
    (0.6, lambda rng: [f"flutter {rng.integers(9)}"]),
    (0.35, _breath),
    (0.5, _tone),
    (0.2, lambda rng: [f"echo {_ints(rng.uniform(10, 60), rng.uniform(5, 40))}"]),
    (0.3, lambda rng: [f"stressAmp {_ints(*rng.uniform(12, 24, 8))}"]),
    (0.3, lambda rng: [f"stressLength {_ints(*rng.uniform(140, 260, 8))}"]),
)

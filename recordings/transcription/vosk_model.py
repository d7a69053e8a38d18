"""The folder of a Vosk model: its required files, and its properties, read without loading it.

Source: the reading of `conf/` and `graph/` in vosk-api 0.3.45, `src/model.cc`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - part of the public signature
from typing import Final

from router.errors import UserError

_RATE: Final = re.compile(r"^\s*--sample-frequency=(\d+)", re.MULTILINE)
_DEFAULT_RATE: Final = 16_000  # Kaldi's, where the configuration names none
_ACOUSTIC: Final = ("am/final.mdl", "final.mdl")
_FEATURES: Final = ("conf/mfcc.conf", "conf/fbank.conf", "mfcc.conf")
_STATIC: Final = ("graph/HCLG.fst", "HCLG.fst")
_LOOKAHEAD: Final = ("HCLr.fst", "Gr.fst")
_WORDS: Final = ("graph/words.txt", "words.txt")


class ModelError(UserError):
    """A model cannot be used; the text says which folder, the fault and the remedy."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Properties of a model, from its folder.

    Attributes:
        rate: Samples a second it was trained on.
        grammar: Whether its vocabulary can be narrowed while it runs.
    """

    rate: int
    grammar: bool


def describe(folder: Path) -> ModelFacts:
    """Return the properties of a folder's model.

    Raises:
        ModelError: It is not a model, or only a part of one.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: there is no such folder; set recordings.models, or put the model there")
    if not _first(folder, _ACOUSTIC):
        raise ModelError(f"{folder}: am/final.mdl is missing: {_REMEDY}")
    features = _first(folder, _FEATURES)
    if features is None:
        raise ModelError(f"{folder}: conf/mfcc.conf is missing: {_REMEDY}")
    static = _first(folder, _STATIC) is not None
    if not static and not all(_first(folder, (f"graph/{name}", name)) for name in _LOOKAHEAD):
        raise ModelError(f"{folder}: its graph is missing (HCLG.fst, or HCLr.fst with Gr.fst): {_REMEDY}")
    found = _RATE.search(features.read_text(encoding="utf-8", errors="replace"))
    return ModelFacts(rate=int(found[1]) if found else _DEFAULT_RATE, grammar=not static)


def words_of(folder: Path) -> list[str]:
    """Return the words a model may hear, marks such as `[unk]` left out.

    Raises:
        ModelError: Its list of words is missing, or cannot be read.
    """
    listed = _first(folder, _WORDS)
    if listed is None:
        raise ModelError(f"{folder}: graph/words.txt is missing: {_REMEDY}")
    try:
        words = [line.split()[0] for line in listed.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{listed}: cannot be read: {error}") from error
    return [word for word in words if word[0] not in "<[#!"]


_REMEDY: Final = "unpack the whole model there, so that folder `am` lies right below"


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)

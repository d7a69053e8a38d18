"""How well a model transcribes a state's own recordings: word error rate, and what is understood of its words."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from recordings.nlu import understand
from router.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recordings.nlu import Lexicon

TABLE: Final = "texts.csv"
SOUNDS: Final = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3", ".gsm", ".aiff", ".au"})

_DRAWS: Final = 1000  # for the interval
_BETWEEN: Final = re.compile(r"[^\w\u0900-\u097f]+|[।॥]")  # \w has no vowel signs of Devanagari


class ScoringError(UserError):
    """The recordings and their texts do not fit together; the text says where."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A recording, and what a person heard in it.

    Attributes:
        path: The sound file.
        text: What was said.
        need: The need it names, "" for none.
        district: The district it names, "" for none.
    """

    path: Path
    text: str
    need: str
    district: str


def read_samples(folder: Path, lexicon: Lexicon, language: str) -> list[Sample]:
    """Return the recordings of a folder with their texts.

    A text stands in the file of the same name that ends in ``.txt``, or in ``texts.csv`` with the columns ``file``,
    ``text`` and, if wanted, ``need`` and ``district`` (as the codes of tickets); what these are without a column or a
    cell is what the understanding finds in the text.

    Raises:
        ScoringError: There are no recordings, or one has no text.
    """
    if not folder.is_dir():
        raise ScoringError(f"{folder}: there is no such folder")
    sounds = sorted(path for path in folder.iterdir() if path.suffix.lower() in SOUNDS)
    if not sounds:
        raise ScoringError(f"{folder}: there are no recordings in it ({', '.join(sorted(SOUNDS))})")
    rows = _rows(folder / TABLE)
    samples, missing = [], []
    for path in sounds:
        beside, row = path.with_suffix(".txt"), rows.get(path.name, {})
        text = row.get("text") or (beside.read_text(encoding="utf-8-sig").strip() if beside.is_file() else "")
        if not words_of(text):
            missing.append(path.name)
            continue
        found = understand(text, lexicon, language_hint=language)
        need, district = row.get("need") or found.need or "", row.get("district") or found.district or ""
        samples.append(Sample(path, text, need, district))
    if missing:
        names = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")  # noqa: PLR2004 - a line has room for five
        raise ScoringError(
            f"{folder}: {len(missing)} recordings have no text in a .txt beside them or {TABLE}: {names}"
        )
    return samples


def _rows(table: Path) -> dict[str, dict[str, str]]:
    if not table.is_file():
        return {}
    with table.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"file", "text"} <= set(reader.fieldnames or ()):
            raise ScoringError(f"{table}: its first line must name the columns file and text")
        return {row["file"]: {key: (value or "").strip() for key, value in row.items() if key} for row in reader}


def words_of(text: str) -> list[str]:
    """Return the words of a text, as they are compared: without punctuation, small, composed alike."""
    return _BETWEEN.sub(" ", unicodedata.normalize("NFC", text).casefold()).split()


def score_file(sample: Sample, heard: str, lexicon: Lexicon, language: str) -> dict[str, Any]:
    """Return a recording's words, its errors, and whether need and district were found (None: it names none)."""
    found = understand(heard, lexicon, language_hint=language)
    said = words_of(sample.text)
    return {
        "file": sample.path.name, "said": sample.text, "heard": heard, "words": len(said),
        "errors": Levenshtein.distance(said, words_of(heard)),
        "need": found.need == sample.need if sample.need else None,
        "district": found.district == sample.district if sample.district else None,
    }  # fmt: skip


def summary(files: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a model: word error rate with its interval (95 %, by resampling files), and recall."""
    errors, words = (np.array([each[key] for each in files]) for key in ("errors", "words"))
    draws = np.random.default_rng(1).integers(len(files), size=(_DRAWS, len(files)))
    low, high = np.quantile(errors[draws].sum(1) / words[draws].sum(1), [0.025, 0.975])
    return {
        "files": len(files),
        "words": int(words.sum()),
        "wer": round(float(errors.sum() / words.sum()), 4),
        "wer_interval": [round(float(low), 4), round(float(high), 4)],
        **{f"{field}_recall": _share(files, field) for field in ("need", "district")},
    }


def _share(files: Sequence[dict[str, Any]], field: str) -> float | None:
    found = [each[field] for each in files if each[field] is not None]
    return round(sum(found) / len(found), 4) if found else None

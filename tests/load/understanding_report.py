"""`python -m tests.load.understanding_report`: how much of a labelled set of sentences is understood.

The sets lie in ``tests/data/understanding``: each line a sentence with its needs, district, quantity and people as a
person labelled them. ``tuned.jsonl`` was used while the lexicon was made; what is in ``fresh.jsonl`` was written after
and the lexicon was not changed for it. One person wrote both, and wrote them, nobody spoke them: of real callers,
through a recogniser, less is understood. Prints one JSON object with stable keys.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from recordings.nlu import Lexicon, understand
from recordings.nlu.slot_filling import DISTRICT_FROM, NEED_FROM
from router.geo import load_places

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SETS = Path(__file__).parent.parent / "data" / "understanding"
FIELDS = ("need", "district", "quantity", "people")
_BARELY = 0.4  # "help" alone is a need all the same, if a weak one


class Sentence(NamedTuple):
    """A sentence and what a person says it means."""

    text: str
    language: str
    said: dict[str, frozenset[str]]


def read_set(name: str) -> list[Sentence]:
    """Read a labelled set by its name: ``tuned`` or ``fresh``."""
    lines = (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_sentence(json.loads(line)) for line in lines]


def _sentence(row: dict[str, Any]) -> Sentence:
    said = {
        "need": frozenset(row["needs"]),
        "district": frozenset(filter(None, [row["district"]])),
        "quantity": frozenset(filter(None, row["quantity"].split(", "))),
        "people": frozenset(filter(None, [str(row["people"] or "")])),
    }
    return Sentence(row["text"], row["language"], said)


def understood(text: str, lexicon: Lexicon) -> dict[str, frozenset[str]]:
    """What the lexicon finds, in the form of the labels; a district only where it would go into a ticket."""
    found = understand(text, lexicon)
    needs = {finding.value for finding in found.of("need") if finding.score >= NEED_FROM}
    weak = {finding.value for finding in found.of("need")[:1] if finding.score >= _BARELY}
    district = found.best("district")
    return {
        "need": frozenset(needs or weak),
        "district": frozenset([district.value] if district and district.score >= DISTRICT_FROM else []),
        "quantity": frozenset(finding.value for finding in found.of("quantity")),
        "people": frozenset(finding.value for finding in found.of("people")),
    }


def figures(sentences: Sequence[Sentence], lexicon: Lexicon) -> dict[str, dict[str, float]]:
    """Return of each field ``precision``, ``recall`` and how many there were to find (``labelled``)."""
    pairs = [(sentence.said, understood(sentence.text, lexicon)) for sentence in sentences]
    return {field: _precision_recall((said[field], found[field]) for said, found in pairs) for field in FIELDS}


def _precision_recall(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> dict[str, float]:
    right = labelled = reported = 0
    for said, found in pairs:
        right, labelled, reported = right + len(said & found), labelled + len(said), reported + len(found)
    return {
        "precision": round(right / reported, 3) if reported else 1.0,
        "recall": round(right / labelled, 3) if labelled else 1.0,
        "labelled": labelled,
    }


def report(lexicon: Lexicon) -> dict[str, Any]:
    """Return the figures of both sets, and of the fresh one by language and the milliseconds a sentence takes."""
    fresh = read_set("fresh")
    began = time.perf_counter()
    found = {"tuned": figures(read_set("tuned"), lexicon), "fresh": figures(fresh, lexicon)}
    count = len(read_set("tuned")) + len(fresh)
    return {
        **found,
        "fresh_by_language": {
            language: figures([sentence for sentence in fresh if sentence.language == language], lexicon)
            for language in sorted({sentence.language for sentence in fresh})
        },
        "sentences": {"tuned": count - len(fresh), "fresh": len(fresh)},
        "ms_per_sentence": round((time.perf_counter() - began) * 1000 / count, 3),
    }


def main() -> None:
    """Print the figures; with --wrong also each sentence of the tuned set that is not understood as labelled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="list what is misunderstood of the tuned set")
    lexicon = Lexicon.load(load_places())
    if parser.parse_args().wrong:
        for sentence in read_set("tuned"):
            found = understood(sentence.text, lexicon)
            for field in FIELDS:
                if found[field] != sentence.said[field]:
                    print(f"{sentence.text}\n    {field}: {set(sentence.said[field])} understood {set(found[field])}")
        return
    print(json.dumps(report(lexicon), indent=2))


if __name__ == "__main__":
    main()

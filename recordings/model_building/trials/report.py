"""How well models understand the sets of trials: word error rates, single words from a list, speech that is no word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from recordings.model_building.errors import NoTrialsError
from recordings.model_building.trials.sets import KINDS, grammar
from recordings.model_building.trials.sound import INDEX, over, read_set
from recordings.model_building.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from recordings.model_building.trials.recogniser import Recogniser
    from recordings.model_building.trials.sound import Utterance

_DRAWS: Final = 1000  # for the interval
HELD_OUT: Final = "kokoro"
"""Name of the held-out voices of Kokoro together."""
_TOGETHER: Final = {"hf_beta": HELD_OUT, "hm_psi": HELD_OUT}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        model: Name of the model's folder.
        voice: Who speaks; `HELD_OUT` for both of its voices.
        trials: "phrases", "words" (single ones), "sentences", "outside"; with ", list" where only the words of a list
            given at run time may be heard.
        condition: A key of `sound.CONDITIONS`.
        utterances: How many; those with a word the model does not have are left out, except of sentences.
        share: Of phrases and sentences the word error rate: wrong, missing and added words for each word said. Of
            words the share that is heard wrong. Of "outside" the share in which, correctly, no word is heard.
        interval: 95 % of it, by resampling utterances.
        unknown: Share of the words said that the model does not have.
    """

    model: str
    voice: str
    trials: str
    condition: str
    utterances: int
    share: float
    interval: tuple[float, float]
    unknown: float


@dataclass(frozen=True, slots=True)
class Target:
    """A bound for a figure; of "outside" it is the least, else the most."""

    voice: str
    trials: str
    condition: str
    bound: float

    def is_met(self, figure: Figure) -> bool:
        """Whether a figure keeps it."""
        return figure.share >= self.bound if self.trials.startswith("outside") else figure.share <= self.bound


TARGETS: Final = (
    Target(HELD_OUT, "phrases", "clean", 0.04),
    Target(HELD_OUT, "phrases", "noisy", 0.10),
    Target(HELD_OUT, "words, list", "clean", 0.04),
    Target(HELD_OUT, "words, list", "noisy", 0.08),
    Target(HELD_OUT, "outside", "clean", 0.80),
    Target(HELD_OUT, "outside", "noisy", 0.80),
    Target("nsk", "phrases", "clean", 0.20),
    Target("nsk", "words, list", "clean", 0.20),
    Target("espeak", "phrases", "clean", 0.05),
)
LEAST_SPEED: Final = 50.0
"""Seconds of sound that a model should hear in a second of one core."""


def read_trials(folder: Path) -> dict[tuple[str, str], list[Utterance]]:
    """Return the utterances of all sets in a folder, by voice and kind.

    Raises:
        NoTrialsError: If there is none.
    """
    tried: dict[tuple[str, str], list[Utterance]] = {}
    for place in sorted(index.parent for index in folder.glob(f"*/{INDEX}")):
        voice, _, kind = place.name.rpartition("-")
        if kind in KINDS:
            tried.setdefault((_TOGETHER.get(voice, voice), kind), []).extend(read_set(place))
    if not tried:
        raise NoTrialsError(f"{folder} has no sets of trials: python -m recordings.model_building trials")
    return tried


def figures(
    name: str,
    model: Recogniser,
    tried: Mapping[tuple[str, str], Sequence[Utterance]],
    conditions: Sequence[str],
) -> Iterator[Figure]:
    """Yield the figures of a model, set by set.

    Args:
        name: Of the model.
        model: The model.
        tried: As `read_trials` returns it.
        conditions: Keys of `sound.CONDITIONS`.
    """
    listed = [*(word for word in grammar() if word in model.words), UNKNOWN]
    for (voice, kind), utterances in tried.items():
        chosen = [one for one in utterances if is_fair(one, kind, model.words)]
        if not chosen:
            continue
        said = [word for one in chosen for word in one.words]
        unknown = sum(word not in model.words for word in said) / len(said)
        for condition in conditions:
            heard_over = [over(one, condition) for one in chosen]
            for label, words in [(kind, None), *([(f"{kind}, list", listed)] if kind in {"words", "outside"} else [])]:
                heard = [model.hear(one, words) for one in heard_over]
                share, interval = rate(kind, [one.words for one in chosen], heard)
                yield Figure(name, voice, label, condition, len(chosen), share, interval, unknown)


def rate(kind: str, said: Sequence[Sequence[str]], heard: Sequence[Sequence[str]]) -> tuple[float, tuple[float, float]]:
    """Return the share of a `Figure` and its interval."""
    if kind == "outside":
        counts, of = np.array([not words for words in heard], float), np.ones(len(said))
    elif kind == "words":
        counts = np.array([[*words] != [*right] for right, words in zip(said, heard, strict=True)], float)
        of = np.ones(len(said))
    else:
        counts = np.array([Levenshtein.distance(right, words) for right, words in zip(said, heard, strict=True)], float)
        of = np.array([len(words) for words in said], float)
    draws = np.random.default_rng(1).integers(len(said), size=(_DRAWS, len(said)))
    low, high = (float(edge) for edge in np.quantile(counts[draws].sum(1) / of[draws].sum(1), [0.025, 0.975]))
    return float(counts.sum() / of.sum()), (low, high)


def line_of(figure: Figure) -> str:
    """Return a figure as a line of the report."""
    low, high = figure.interval
    meaning = {"outside": "rejected", "words": "wrong"}.get(figure.trials.partition(",")[0], "words wrong")
    unknown = f", {figure.unknown:.0%} of the words unknown" if figure.unknown and meaning == "words wrong" else ""
    return (
        f"{figure.model:10} {figure.voice:8} {figure.trials:13} {figure.condition:6} {figure.share:6.1%} {meaning}"
        f" [{low:.1%}-{high:.1%}] of {figure.utterances}{unknown}"
    )


def checks(model: str, found: Sequence[Figure], speed: float) -> Iterator[str]:
    """Yield a line for each target: whether it is met, or by how much it is missed."""
    by_place = {(one.voice, one.trials, one.condition): one for one in found}
    for target in TARGETS:
        figure = by_place.get((target.voice, target.trials, target.condition))
        if figure is None:
            continue
        verdict = "met" if target.is_met(figure) else f"MISSED by {abs(figure.share - target.bound) * 100:.1f} points"
        place = f"{target.voice} {target.trials} {target.condition}"
        yield f"{model}: {place}: {figure.share:.1%}, aim {target.bound:.0%}: {verdict}"
    verdict = "met" if speed >= LEAST_SPEED else "MISSED"
    yield f"{model}: {speed:.0f} times real time on one core, aim {LEAST_SPEED:.0f}: {verdict}"


def is_fair(utterance: Utterance, kind: str, words: frozenset[str]) -> bool:
    """Whether a model is tried with an utterance."""
    if kind == "sentences":
        return True
    return words.isdisjoint(utterance.words) if kind == "outside" else words.issuperset(utterance.words)

"""Accuracy of models: word error rates, and the treatment of words outside the vocabulary."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from recordings.model_building.features import SAMPLE_RATE
from recordings.model_building.trials import Callers, Trial, trials
from recordings.model_building.vocabulary import UNKNOWN, Vocabulary, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_BYTES_AT_ONCE: Final = 3200  # 200 ms, as from a file
_GRAMMAR_LISTS: Final = ("district", "item", "care", "digit", "few")
_DRAWS: Final = 1000  # for the interval


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report.

    Attributes:
        model: Name of the model's folder.
        vocabulary: Whose words are spoken: the model's own, or those of another.
        trials: Name of the set.
        utterances: How many.
        words: How many were said.
        word_error_rate: Wrong, missing and added words for each word said; for the set `outside`, which has no word of
            the model, None.
        interval: 95 % of it, by resampling utterances.
        right: Share of utterances without an error; of `outside`, those in which no word was heard.
    """

    model: str
    vocabulary: str
    trials: str
    utterances: int
    words: int
    word_error_rate: float | None
    interval: tuple[float, float] | None
    right: float


class Recogniser:
    """One Vosk model.

    Args:
        folder: The model.
    """

    def __init__(self, folder: Path) -> None:
        import vosk

        vosk.SetLogLevel(-1)
        self._make: Any = vosk.KaldiRecognizer
        self._model = vosk.Model(model_path=str(folder))

    def hear(self, trial: Trial, grammar: Sequence[str] | None = None) -> list[str]:
        """Return the words that are heard, without `[unk]`."""
        listed = (json.dumps(list(grammar), ensure_ascii=False),) if grammar else ()
        recogniser = self._make(self._model, SAMPLE_RATE, *listed)
        sound = trial.samples.tobytes()
        pieces = (sound[start : start + _BYTES_AT_ONCE] for start in range(0, len(sound), _BYTES_AT_ONCE))
        # A result comes in the middle where the speaker pauses; the last one holds only the words after it.
        results = [recogniser.Result() for piece in pieces if recogniser.AcceptWaveform(piece)]
        texts = [json.loads(result)["text"] for result in (*results, recogniser.FinalResult())]
        return [word for word in " ".join(texts).split() if word != UNKNOWN]


def report(
    folder: Path,
    against: Sequence[Path],
    callers: Callers,
    vocabulary: Vocabulary,
    *,
    size: int,
    say: Callable[[str], None],
) -> Iterator[Line]:
    """Yield the figures of a model on its own words, and of it and others on the words that all of them have.

    Args:
        folder: The model.
        against: Other models.
        callers: The speakers.
        vocabulary: The vocabulary the model was made from.
        size: Utterances in a set.
        say: Gets a line for each figure.
    """
    own = frozenset(words_of(folder))
    model = Recogniser(folder)
    listed = sorted({word for name in _GRAMMAR_LISTS for entry in vocabulary.lists[name] for word in entry.split()})
    grammar = [*(word for word in listed if word in own), UNKNOWN]
    for name, tried in trials(callers, vocabulary, own, english=True, size=size):
        yield from _lines(folder.name, model, "own", name, tried, grammar, say)
    others = [(other.name, Recogniser(other)) for other in against]
    if not others:
        return
    common = own.intersection(*(words_of(other) for other in against))
    grammar = [*(word for word in listed if word in common), UNKNOWN]
    for name, tried in trials(callers, vocabulary, common, english=False, size=size):
        for model_name, one in [(folder.name, model), *others]:
            yield from _lines(model_name, one, f"common ({len(common)} words)", name, tried, grammar, say)


def _lines(
    model: str,
    recogniser: Recogniser,
    vocabulary: str,
    name: str,
    tried: Sequence[Trial],
    grammar: Sequence[str],
    say: Callable[[str], None],
) -> Iterator[Line]:
    """Yield the figures of one set, with the word list of the run-time grammar too where that makes sense."""
    grammars: list[tuple[str, Sequence[str] | None]] = [(name, None)]
    if name in {"single entries", "outside"}:
        grammars.append((f"{name}, word list", grammar))
    for label, words in grammars:
        chosen = [one for one in tried if words is None or name == "outside" or set(one.words) <= set(words)]
        line = _line(model, vocabulary, label, chosen, [recogniser.hear(one, words) for one in chosen])
        rate = "" if line.word_error_rate is None else f"{line.word_error_rate:6.1%} of words wrong, "
        say(f"{line.model:10} {line.vocabulary:20} {line.trials:30} {rate}{line.right:6.1%} of {line.utterances} right")
        yield line


def _line(model: str, vocabulary: str, name: str, tried: Sequence[Trial], heard: Sequence[Sequence[str]]) -> Line:
    if name.startswith("outside"):
        silent = sum(1 for words in heard if not words)
        return Line(model, vocabulary, name, len(tried), 0, None, None, silent / len(tried))
    wrong = np.array([Levenshtein.distance(one.words, words) for one, words in zip(tried, heard, strict=True)])
    said = np.array([len(one.words) for one in tried])
    draws = np.random.default_rng(1).integers(len(tried), size=(_DRAWS, len(tried)))
    rates = wrong[draws].sum(1) / said[draws].sum(1)
    low, high = (float(edge) for edge in np.quantile(rates, [0.025, 0.975]))
    rate = float(wrong.sum() / said.sum())
    return Line(model, vocabulary, name, len(tried), int(said.sum()), rate, (low, high), float(np.mean(wrong == 0)))

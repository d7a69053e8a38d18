"""How likely a word is after the two before it: a trigram model with back-off, counted from sentences.

Interpolated Kneser-Ney smoothing with absolute discounting (Kneser and Ney 1995; Chen and Goodman 1999): a word counts
in the lower orders as often as it follows different words. The sentences are drawn from patterns and not counted among
callers, so what they never say must not become too unlikely: a share of each context always goes to the order below.
Words that gain little by their context are left out (weighted difference, Seymore and Rosenfeld 1996), and the weights
of back-off are computed anew, so that the probabilities after any context sum to one.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from recordings.model_building.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

START: Final = "<s>"
END: Final = "</s>"
ORDER: Final = 3
_DISCOUNT: Final = 0.6
_TO_LOWER_ORDER: Final = {1: 0.1, 2: 0.1}  # least share of a context of so many words
_UNKNOWN_SHARE: Final = 0.02  # of all words: one that the model does not have
_LEAST_GAIN: Final = 2e-6  # in nats a word of the sentences, of a word in its context

Context: TypeAlias = tuple[str, ...]
_Counts: TypeAlias = "dict[Context, Counter[str]]"


@dataclass(frozen=True)
class LanguageModel:
    """Probabilities of words in contexts of none, one and two words.

    Attributes:
        words: By context, the words that have a probability of their own there. The empty context has all words.
        back_off: By context that is not empty: what the probability in the shorter context is multiplied by.
    """

    words: Mapping[Context, Mapping[str, float]]
    back_off: Mapping[Context, float]

    def chance(self, context: Context, word: str) -> float:
        """Return the probability of a word, or of `END`, after a context; 0 for one that is not in the vocabulary."""
        context = self.known(context)
        own = self.words[context].get(word)
        if own is not None or not context:
            return own or 0.0
        return self.back_off[context] * self.chance(context[1:], word)

    def known(self, context: Context) -> Context:
        """Return the longest end of a context that has words of its own."""
        context = context[-(ORDER - 1) :]
        while context not in self.words:
            context = context[1:]
        return context

    def perplexity(self, sentences: Iterable[Sequence[str]]) -> float:
        """Return among how many words, on average, the model chooses; words that it does not have are skipped."""
        bits, count = 0.0, 0
        for sentence in sentences:
            before: Context = (START,)
            for word in (*sentence, END):
                chance = self.chance(before, word)
                if chance > 0:
                    bits -= math.log2(chance)
                    count += 1
                before = (*before, word)
        return 2 ** (bits / count) if count else math.nan


def language_model(
    sentences: Iterable[Sequence[str]], vocabulary: Sequence[str], least_gain: float = _LEAST_GAIN
) -> LanguageModel:
    """Return the model of some sentences.

    Args:
        sentences: As many as the counts need.
        vocabulary: Every word that shall be possible, `[unk]` among them if unknown words shall be heard as such.
        least_gain: A word is left out of a context where it gains less, in nats a word of the sentences.
    """
    counts = _counted(sentences)
    tokens = sum(followers.total() for context, followers in counts.items() if len(context) == 1)
    smooth: dict[tuple[str, ...], dict[str, float]] = {(): _single_words(counts, vocabulary)}
    for length in range(1, ORDER):
        for context, followers in _continuations(counts, length).items():
            smooth[context] = _smoothed(followers, smooth[context[1:]], _TO_LOWER_ORDER[length])
    kept: dict[tuple[str, ...], dict[str, float]] = {(): smooth[()]}
    for length in range(ORDER - 1, 0, -1):
        for context in [context for context in smooth if len(context) == length]:
            share, lower = counts[context].total() / tokens, smooth[context[1:]]
            chosen = {
                word: chance
                for word, chance in smooth[context].items()
                if share * chance * math.log(chance / lower[word]) > least_gain or (*context, word) in kept
            }
            if chosen:
                kept[context] = chosen
    return _balanced(kept)


def _counted(sentences: Iterable[Sequence[str]]) -> _Counts:
    """Return how often each word follows each context of one and of two words."""
    counts: defaultdict[Context, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        words = (START, *sentence, END)
        for place in range(1, len(words)):
            for length in range(1, min(ORDER - 1, place) + 1):
                counts[words[place - length : place]][words[place]] += 1
    return counts


def _continuations(counts: Mapping[Context, Counter[str]], length: int) -> _Counts:
    """Return the counts of contexts of a length: of the longest as they are, of others by how many words stand before.

    Nothing stands before the beginning of a sentence, so what follows it is counted as it is too.
    """
    chosen: defaultdict[Context, Counter[str]] = defaultdict(Counter)
    for context, followers in counts.items():
        if len(context) == length and (length == ORDER - 1 or context[0] == START):
            chosen[context] = followers
        elif len(context) == length + 1:
            chosen[context[1:]].update(followers.keys())
    return chosen


def _single_words(counts: Mapping[Context, Counter[str]], vocabulary: Sequence[str]) -> dict[str, float]:
    """Return the probability of each word without context; each counts once at least."""
    alone = Counter({word: 1 for word in (*vocabulary, END) if word != UNKNOWN})
    for context, followers in counts.items():
        if len(context) == 1:
            alone.update(followers.keys())
    unknown = {UNKNOWN: _UNKNOWN_SHARE} if UNKNOWN in set(vocabulary) else {}
    known = (1 - sum(unknown.values())) / alone.total()
    return {word: count * known for word, count in alone.items()} | unknown


def _smoothed(followers: Counter[str], lower: Mapping[str, float], least: float) -> dict[str, float]:
    """Return the probabilities of the words that follow a context, mixed with those of the shorter one."""
    discounted = {word: count - _DISCOUNT for word, count in followers.items()}
    share = max(1 - sum(discounted.values()) / followers.total(), least)
    own = (1 - share) / sum(discounted.values())
    return {word: own * count + share * lower[word] for word, count in discounted.items()}


def _balanced(kept: Mapping[Context, Mapping[str, float]]) -> LanguageModel:
    """Return the model in which the probabilities of every context sum to one."""
    back_off: dict[Context, float] = {}
    model = LanguageModel(kept, back_off)
    for context in sorted(kept, key=len):
        if context:
            left = 1 - sum(kept[context].values())
            back_off[context] = left / (1 - sum(model.chance(context[1:], word) for word in kept[context]))
    return model

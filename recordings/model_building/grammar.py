"""Which word follows which: a bigram model counted from phrases, as the acceptor `Gr.fst`.

Absolute discounting; what the phrases never say is reached through the back-off state, where a word counts as often as
it follows different words (Kneser and Ney 1995) and every word counts at least once.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

import kaldifst

from recordings.model_building.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_DISCOUNT: Final = 0.5
_LEAST_BACK_OFF: Final = 0.02  # how unlikely a new pair may become at most, however often its first word was seen
_UNKNOWN_SHARE: Final = 0.005  # of the back-off state: a word that the model does not have
_START, _END, _BACK_OFF = "<s>", "</s>", "<back-off>"


def grammar(sentences: Iterable[Sequence[str]], word_ids: Mapping[str, int]) -> Any:
    """Return the grammar as a kaldifst acceptor, sorted by word.

    Args:
        sentences: The sentences; as many as the counts need.
        word_ids: Number of every word, `[unk]` among them if unknown words shall be heard as such.
    """
    pairs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        before = _START
        for word in (*sentence, _END):
            pairs[before][word] += 1
            before = word
    alone = Counter(dict.fromkeys(word_ids, 1))
    for followers in pairs.values():
        alone.update(followers.keys())
    if UNKNOWN in word_ids:
        alone[UNKNOWN] = max(1, round(_UNKNOWN_SHARE * alone.total()))
    return _acceptor(pairs, alone, word_ids)


def _acceptor(pairs: Mapping[str, Counter[str]], alone: Counter[str], word_ids: Mapping[str, int]) -> Any:
    fst = kaldifst.StdVectorFst()
    states = {name: fst.add_state() for name in (_BACK_OFF, _START, *word_ids)}
    fst.start = states[_START]

    def arc(before: str, word: str, chance: float) -> None:
        cost = kaldifst.TropicalWeight(-math.log(chance))
        if word == _END:
            fst.set_final(states[before], cost)
        elif word == _BACK_OFF:
            fst.add_arc(states[before], kaldifst.StdArc(0, 0, cost, states[_BACK_OFF]))
        else:
            number = word_ids[word]
            fst.add_arc(states[before], kaldifst.StdArc(number, number, cost, states[word]))

    for word, count in alone.items():
        arc(_BACK_OFF, word, count / alone.total())
    for before in (_START, *word_ids):
        followers = pairs.get(before, Counter())
        for word, count in followers.items():
            arc(before, word, (count - _DISCOUNT) / followers.total())
        left = _DISCOUNT * len(followers) / followers.total() if followers else 1.0
        arc(before, _BACK_OFF, max(left, _LEAST_BACK_OFF))
    kaldifst.arcsort(fst, "ilabel")
    return fst

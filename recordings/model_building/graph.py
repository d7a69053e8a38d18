"""The pronunciations as a search graph: Vosk's `HCLr.fst`, which it composes with a grammar while it listens.

Kaldi's recipe for a model without context: the lexicon L with silence between words where the speaker pauses,
determinised, then each phone replaced by its transitions (`mkgraph_lookahead.sh`, `make_lexicon_fst.py`,
`hmm-utils.cc`). Phone p has the transitions 2 p - 1 (stay) and 2 p (enter); the symbols that keep words apart get the
numbers after the last one. OpenFst's look-ahead type of FST is not needed: Vosk takes the plain one.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import kaldifst

from recordings.model_building.phones import PHONE_ID, PHONES, SILENCE_PHONE, SOUND_ID, SPOKEN, Phone, phones_of
from recordings.model_building.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recordings.model_building.lexicon import Entry

_SILENCE_CHANCE: Final = 0.5  # between two words
_WORD: Final = 4.0  # cost of a word: without it the end of a long one is heard as a short one more
_UNKNOWN_FIRST: Final = 6.0  # cost of leaving the vocabulary
_UNKNOWN_EACH: Final = 0.0  # and of each sound there, beside how unlikely it is after the one before
_UNSEEN: Final = 0.5  # times that each sound counts as seen after each other
_EPSILON: Final = 0
_LAST_PHONE: Final = len(PHONES)


class _Arc(NamedTuple):
    source: int
    phone: int  # phone, or a symbol that keeps words apart (above _LAST_PHONE), or 0
    word: int
    cost: float
    target: int


@dataclass(frozen=True)
class Graph:
    """The transducer of the lexicon.

    Attributes:
        fst: `HCLr.fst`, sorted by word.
        apart: Input labels that only keep words apart: `disambig_tid.int`.
    """

    fst: Any
    apart: Sequence[int]


def graph(entries: Sequence[Entry], word_ids: Mapping[str, int]) -> Graph:
    """Return the search graph of a lexicon.

    Args:
        entries: Pronunciations.
        word_ids: Number of every word, from 1; `[unk]` among them if other words shall be heard as such: any two
            sounds or more.
    """
    lexicon, apart = _lexicon(entries, word_ids)
    arcs = [
        _Arc(state, arc.ilabel, arc.olabel, arc.weight.value, arc.nextstate)
        for state in range(lexicon.num_states)
        for arc in kaldifst.ArcIterator(lexicon, state)
    ]
    if UNKNOWN in word_ids:
        arcs += _any_sounds(arcs, [lexicon.add_state() for _ in SPOKEN], word_ids[UNKNOWN], _sequences(entries))
    return Graph(_with_transitions(lexicon, arcs), [2 * _LAST_PHONE + number for number in range(1, apart + 1)])


def _lexicon(entries: Sequence[Entry], word_ids: Mapping[str, int]) -> tuple[Any, int]:
    """Return L, determinised, and how many symbols keep its words apart."""
    spoken = [(entry, phones_of(entry.sounds)) for entry in entries]
    same = Counter(phones for _, phones in spoken)
    used: Counter[tuple[int, ...]] = Counter()
    fst = kaldifst.StdVectorFst()
    start, between, silence, after_silence = (fst.add_state() for _ in range(4))
    fst.start = start
    fst.set_final(between, kaldifst.TropicalWeight(0.0))
    pause, no_pause = -math.log(_SILENCE_CHANCE), -math.log(1 - _SILENCE_CHANCE)
    apart = max(same.values()) + 1
    silence_mark = _LAST_PHONE + apart  # the last one: which way was taken over a silence

    def arc(source: int, phone: int, word: int, cost: float, target: int) -> None:
        fst.add_arc(source, kaldifst.StdArc(phone, word, kaldifst.TropicalWeight(cost), target))

    arc(start, _EPSILON, _EPSILON, no_pause, between)
    arc(start, _EPSILON, _EPSILON, pause, silence)
    arc(silence, SILENCE_PHONE, _EPSILON, 0.0, after_silence)
    arc(after_silence, silence_mark, _EPSILON, 0.0, between)
    for entry, phones in spoken:
        labels = list(phones)
        if same[phones] > 1:  # homophones
            used[phones] += 1
            labels.append(_LAST_PHONE + used[phones])
        state, word, cost = between, word_ids[entry.word], entry.cost + _WORD
        for label in labels[:-1]:
            target = fst.add_state()
            arc(state, label, word, cost, target)
            state, word, cost = target, _EPSILON, 0.0
        arc(state, labels[-1], word, cost + no_pause, between)
        arc(state, labels[-1], word, cost + pause, silence)
    kaldifst.arcsort(fst, "ilabel")
    kaldifst.determinize_star(fst, use_log=False)  # in place
    return fst, apart


def _sequences(entries: Sequence[Entry]) -> dict[str, dict[str, float]]:
    """Return how likely each sound is at the beginning of a word (after ""), and after each other, in this language."""
    counts = {before: dict.fromkeys(SPOKEN, _UNSEEN) for before in ("", *SPOKEN)}
    for entry in entries:
        for before, sound in pairwise(("", *entry.sounds)):
            counts[before][sound] += math.exp(-entry.cost)
    return {
        before: {sound: count / sum(followers.values()) for sound, count in followers.items()}
        for before, followers in counts.items()
    }


def _any_sounds(
    arcs: Sequence[_Arc], new_states: Sequence[int], unknown: int, chances: Mapping[str, Mapping[str, float]]
) -> list[_Arc]:
    """Return arcs that go from wherever a word may begin through any two or more sounds to where it has ended.

    Args:
        arcs: Of the lexicon.
        new_states: One for each of `SPOKEN`: where it was the last sound.
        unknown: The word that they are.
        chances: As `_sequences` returns them.
    """
    begins = sorted({arc.source for arc in arcs if _place(arc.phone) in {"begin", "singleton"}})
    ends = Counter(arc.target for arc in arcs if _place(arc.phone) == "end")
    after_word = ends.most_common(1)[0][0]
    after = dict(zip(SPOKEN, new_states, strict=True))
    loop: list[_Arc] = []
    for sound in SPOKEN:
        begin, inner, end = (PHONE_ID[Phone(SOUND_ID[sound], place)] for place in ("begin", "internal", "end"))
        cost = _UNKNOWN_FIRST + _UNKNOWN_EACH - math.log(chances[""][sound])
        loop += [_Arc(state, begin, unknown, cost, after[sound]) for state in begins]
        for before in SPOKEN:
            cost = _UNKNOWN_EACH - math.log(chances[before][sound])
            loop.append(_Arc(after[before], inner, _EPSILON, cost, after[sound]))
            loop.append(_Arc(after[before], end, _EPSILON, cost, after_word))
    return loop


def _place(phone: int) -> str:
    return PHONES[phone - 1].place if 1 <= phone <= _LAST_PHONE else ""


def _with_transitions(lexicon: Any, arcs: Sequence[_Arc]) -> Any:
    """Return the graph with transitions for phones: enter on the arc, stay as a loop on the state it leads to.

    A state that is entered by more than one phone, or without one, is split: the loop must know which phone it is.
    """
    fst = _same_states(lexicon)

    def arc(source: int, label: int, word: int, cost: float, target: int) -> None:
        fst.add_arc(source, kaldifst.StdArc(label, word, kaldifst.TropicalWeight(cost), target))

    entered_by: defaultdict[int, set[int]] = defaultdict(set)
    for one in arcs:
        entered_by[one.target].add(one.phone if one.phone <= _LAST_PHONE else _EPSILON)
    entered_by[lexicon.start].add(_EPSILON)
    split: dict[tuple[int, int], int] = {}
    for state, labels in entered_by.items():
        phones = sorted(labels - {_EPSILON})
        if phones and len(labels) == 1:
            arc(state, 2 * phones[0] - 1, _EPSILON, 0.0, state)
            continue
        for phone in phones:
            split[state, phone] = own = fst.add_state()
            arc(own, 2 * phone - 1, _EPSILON, 0.0, own)
            arc(own, _EPSILON, _EPSILON, 0.0, state)
    for one in arcs:
        target = split.get((one.target, one.phone), one.target)
        arc(one.source, _entering(one.phone), one.word, one.cost, target)
    kaldifst.arcsort(fst, "olabel")
    return fst


def _same_states(lexicon: Any) -> Any:
    """Return an FST with the states of another, its start and its ends, without arcs."""
    fst = kaldifst.StdVectorFst()
    for state in range(lexicon.num_states):
        fst.add_state()
        if not math.isinf(lexicon.final(state).value):
            fst.set_final(state, lexicon.final(state))
    fst.start = lexicon.start
    return fst


def _entering(label: int) -> int:
    """Return the input label of an arc: the transition that enters a phone, or a symbol that keeps words apart."""
    return 2 * label if label <= _LAST_PHONE else _LAST_PHONE + label

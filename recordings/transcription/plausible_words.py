"""Words that no mouth can have said, whatever a model is sure of: a click, or a noise that was drawn out into one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

Word = tuple[str, float, float, float]
"""Word, start and end in seconds, confidence."""

_UNKNOWN: Final = "[unk]"
_SHORTEST_S: Final = 0.18  # between pauses: a "हाँ" or "no" said fast has 0.2 s, a click 0.03 to 0.15
_LONGEST_S: Final = 2.0  # of one word; "नरसिंहपुर" drawn out has 1.3 s
_AGAIN: Final = 3  # times the same word, and nothing else
_PAUSE_S: Final = 0.3  # silence to both sides by which words stand alone


def plausible(words: Sequence[Word]) -> list[Word]:
    """Return the words without clicks; one that lasts too long becomes ``[unk]``.

    Args:
        words: In order of time.
    """
    kept: list[Word] = []
    for run in _runs(words):
        if run[-1][2] - run[0][1] >= _SHORTEST_S:
            kept += [
                (_UNKNOWN if end - start > _LONGEST_S else word, start, end, conf) for word, start, end, conf in run
            ]
    return kept


def of_a_cadence(words: Sequence[Word], tones_s: float) -> bool:
    """Whether the words are what a tone of the line left behind where it broke off: one word, again and again.

    Args:
        words: In order of time.
        tones_s: Seconds of tones that were silenced.
    """
    spoken_s = sum(end - start for _, start, end, _ in words)
    return tones_s > spoken_s and len(words) >= _AGAIN and len({word for word, *_ in words}) == 1


def _runs(words: Sequence[Word]) -> list[list[Word]]:
    """Return the words in groups, a pause between each two."""
    runs = [[word] for word in words[:1]]
    for before, word in pairwise(words):
        if word[1] - before[2] < _PAUSE_S:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs

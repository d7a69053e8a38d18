"""When each sound of Kokoro's speech begins: from the lengths that the voice gave its signs, and from the level.

The lengths come from the network that then makes the sound, with a lead that was measured by aligning anew with a
trained model: a sound is heard 68 ms before its sign's time, 48 ms where a stress mark stands before it. Pauses are
found by the level, not by the lengths: the last sound of a text swallows the pause after it, and a comma is mostly
none.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from recordings.model_building.ipa import STRESS
from recordings.model_building.phones import SILENCE
from recordings.model_building.shards import SHARD_RATE, UNIT_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recordings.model_building.shards import Utterance

LEAD_S: Final = 0.068
STRESS_S: Final = 0.02
NO_WORD: Final = -1
_UNSPELLED_S: Final = 0.03  # a sound without a sign: half before the boundary, half after it
_STEP: Final = 80  # samples between two levels: 5 ms
_WINDOW: Final = 160  # samples of a level: 10 ms
_STEP_S: Final = _STEP / SHARD_RATE
_QUIET_DB: Final = -32.0  # below the loud parts: a pause
_PAUSE_S: Final = 0.06  # between two words
_CLOSURE_S: Final = 0.04  # of a stop, silent and part of it
_PAUSE_AT_STOP_S: Final = _PAUSE_S + _CLOSURE_S
_FIRST_EARLIER_S: Final = 0.2  # than the lengths say, at most
_LEAST_S: Final = 0.005
_STOPS: Final = frozenset("k k# g g# c c# J J# t. t.# d. d.# t t# d d# p p# b b#".split())


class TimedSound(NamedTuple):
    """A sound or pause of an utterance.

    Attributes:
        sound: One of `phones.SOUNDS`.
        start: In seconds.
        end: In seconds; the next one's start.
        word: Number of its word, or `NO_WORD` for a pause.
    """

    sound: str
    start: float
    end: float
    word: int


def align(utterance: Utterance) -> list[TimedSound]:
    """Return the sounds with their times, a pause first and last, without gaps."""
    ends = _boundaries(utterance)
    words = _by_lengths(utterance, ends)
    quiet = _Quiet(utterance.samples)
    first = words[0][0]
    onset = quiet.onset(ends[1])
    first.start = max(0.0, min(max(onset, ends[1] - _FIRST_EARLIER_S), first.end - 0.01) - first.closure)
    timed = [_Sound(SILENCE, 0.0, first.start, NO_WORD)]
    for number, word in enumerate(words):
        timed += word
        last = word[-1]
        if number + 1 < len(words):
            pause = _join(last, words[number + 1][0], quiet)
        else:
            last.end = max(min(quiet.offset(last.start + 0.04), ends[-1]), last.start + 0.03)
            pause = _Sound(SILENCE, last.end, ends[-1], NO_WORD)
        if pause:
            timed.append(pause)
    for before, after in pairwise(timed):
        after.start = max(after.start, before.start + _LEAST_S)
        before.end = after.start
    return [TimedSound(one.sound, one.start, one.end, one.word) for one in timed]


class _Sound:
    """A sound whose times are still moved."""

    def __init__(self, sound: str, start: float, end: float, word: int) -> None:
        self.sound, self.start, self.end, self.word = sound, start, end, word

    @property
    def closure(self) -> float:
        """How much silence at its beginning is the sound's own."""
        return _CLOSURE_S if self.sound in _STOPS else 0.0


def _boundaries(utterance: Utterance) -> NDArray[np.float64]:
    """Return the start of each sign in seconds as it is heard, in order, and the end of the sound."""
    times = np.concatenate([[0.0], np.cumsum(utterance.units.astype(np.float64) * UNIT_S)])
    heard: NDArray[np.float64] = np.maximum(times - LEAD_S, np.arange(len(times)) * 1e-3)
    heard[-1] = times[-1]
    return heard


def _by_lengths(utterance: Utterance, ends: NDArray[np.float64]) -> list[list[_Sound]]:
    """Return the sounds of each word by the lengths alone."""
    number_at = {place: number for number, place in enumerate(utterance.places, 1)}
    words: list[list[_Sound]] = []
    for word, (start, sounds) in enumerate(utterance.spelled):
        timed: list[_Sound] = []
        unspelled: list[int] = []
        for sound, first, last in sounds:
            signs = [number_at[place] for place in range(start + first, start + last) if place in number_at]
            if not signs:
                unspelled.append(len(timed))
                timed.append(_Sound(sound, 0.0, 0.0, word))
                continue
            stressed = utterance.said[utterance.places[signs[0] - 1]] in STRESS
            begin = float(ends[signs[0]]) + (STRESS_S if stressed else 0.0)
            timed.append(_Sound(sound, begin, float(ends[signs[-1] + 1]), word))
            if len(timed) > 1 and len(timed) - 2 not in unspelled:
                timed[-2].end = begin
        for place in unspelled:
            _between(timed, place)
        words.append(timed)
    return words


def _between(timed: list[_Sound], place: int) -> None:
    """Give a sound without a sign a little of its neighbours' time."""
    boundary = timed[place + 1].start if place + 1 < len(timed) else timed[place - 1].end
    timed[place].start, timed[place].end = boundary - _UNSPELLED_S / 2, boundary + _UNSPELLED_S / 2
    if place:
        timed[place - 1].end = timed[place].start
    if place + 1 < len(timed):
        timed[place + 1].start = timed[place].end


def _join(last: _Sound, following: _Sound, quiet: _Quiet) -> _Sound | None:
    """Let two words meet, or return the pause between them."""
    start, end = quiet.longest(last.start + 0.05, following.start + 0.025)
    stops = last.closure or following.closure
    if end - start < (_PAUSE_AT_STOP_S if stops else _PAUSE_S):
        last.end = following.start = (last.end + following.start) / 2
        return None
    end = min(end, following.end - 0.01)
    if following.closure:
        end = max(start + 0.03, end - following.closure)
    last.end = max(start, last.start + 0.02)
    following.start = max(end, last.end + 0.02)
    return _Sound(SILENCE, last.end, following.start, NO_WORD)


class _Quiet:
    """Where a sound is as quiet as a pause."""

    def __init__(self, samples: NDArray[np.int16]) -> None:
        power = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
        starts = np.arange(max(1, (len(samples) - _WINDOW) // _STEP)) * _STEP
        ends = np.minimum(starts + _WINDOW, len(samples))
        level = 20 * np.log10(np.sqrt((power[ends] - power[starts]) / _WINDOW) + 1)
        self._quiet = level < np.percentile(level, 95) + _QUIET_DB

    def onset(self, expected: float) -> float:
        """Return when the voice begins: the first time that is not quiet for two levels, near where it should be."""
        loud = ~self._quiet
        first = max(0, int((expected - _FIRST_EARLIER_S) / _STEP_S))
        both = loud[first:] & np.append(loud[first + 2 :], loud[-1:].repeat(min(2, len(loud) - first)))
        found = np.flatnonzero(both)
        return (first + int(found[0]) if len(found) else int(expected / _STEP_S)) * _STEP_S + _STEP_S

    def offset(self, earliest: float) -> float:
        """Return when the voice ends, not before a time."""
        loud = np.flatnonzero(~self._quiet)
        last = max(int(loud[-1]) if len(loud) else 0, int(earliest / _STEP_S))
        return last * _STEP_S + 2 * _STEP_S

    def longest(self, start: float, end: float) -> tuple[float, float]:
        """Return the longest quiet stretch between two times."""
        first = max(0, int(start / _STEP_S))
        inside = self._quiet[first : int(end / _STEP_S)]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside, [0]]).astype(np.int8)))
        if not len(edges):
            return start, start
        starts, ends = edges[::2], edges[1::2]
        best = int(np.argmax(ends - starts))
        begin = (first + int(starts[best])) * _STEP_S
        return begin + _STEP_S, (first + int(ends[best])) * _STEP_S + _STEP_S

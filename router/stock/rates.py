"""Do tickets say that something runs short? One chart for each need in each district, all of them in step.

The method is the likelihood-ratio CUSUM for negative binomial counts with a usual rate that changes over the day:
M. Höhle and M. Paul, "Count data regression charts for the monitoring of surveillance time series", Computational
Statistics & Data Analysis 52 (2008) 4357-4368. Each look adds the evidence that tickets come at `RATIO` times the
usual rate m rather than at m; with r the negative binomial's size and x the count

    evidence = max(0, evidence + x ln(RATIO) - (x + r) ln((r + RATIO m) / (r + m)))

and an alarm is raised at `ALARM`. Such a chart gives, by chance alone, at most one false alarm in exp(ALARM) hours
(G. Lorden, "Procedures for reacting to a change in distribution", Annals of Mathematical Statistics 42 (1971)
1897-1908): for 520 charts ln(520 * 168) = 11.4 promises less than one a week, and the promise is a loose one.

The usual rate is level * hour of the day * day of the week. The level is learned by the discounted gamma-Poisson
model of A. Harvey and C. Fernandes, "Time series models for count or qualitative observations", Journal of Business &
Economic Statistics 7 (1989) 407-417: what is forecast from little history is a broad negative binomial by itself, so
that a new district, or a need asked for once a month, raises nothing by its first tickets. While a chart is in alarm
it learns more slowly, so that a shortage does not become usual (as A. Farrington et al., Journal of the Royal
Statistical Society A 159 (1996) 547-563, give past outbreaks less weight).

What rises everywhere and for every need alike is a helpline that becomes known, not a shortage: the usual rate is
multiplied by how much the median need of the state has risen in the last hours.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

HOURS = 24
DAYS = 7

RATIO = 2.0  # the rise that is looked for; by the formula, less than 1.44 times the usual rate never adds up
ALARM = 11.0  # see above
RELIEF = 3.0  # to end: exp(3) = 20 to 1 for the usual rate against RATIO times it, counted from the alarm on
SPREAD = 0.1  # an hour's true rate is off its usual one by about 30 %: variance m + 0.1 m²
LEVEL_MEMORY_H = 14 * 24  # two weeks: long against any shortage that is noticed, short against a lockdown
SHAPE_MEMORY_H = 28 * 24  # the shape of the day changes slowly and is learned from all districts together
VOLUME_MEMORY_H = 2.0  # an advertisement on television triples the calls within minutes
VOLUME_PRIOR = 20.0  # tickets of a need in the state before its rise is believed
IN_ALARM = 0.1  # how much slower a chart in alarm learns
PRIOR_SHAPE = 0.5  # of the level before anything is known: anything from a tenth to five times the guess
FIRST_HOURS = 24.0  # of history before a chart may speak at all: it has seen each hour of the day once
LEAST_RATE = 0.02  # tickets an hour: below this "twice the usual" means nothing
SHAPE_PRIOR = 50.0  # tickets of a need in an hour of the day before its share is believed more than the assumed one

WEEK_PRIOR = 1000.0  # tickets of the state on a day of the week, likewise

_DAY = np.array(
    # the assumed share of a day's tickets by the hour, midnight first: nights are quiet, late mornings are not
    [0.3, 0.2, 0.2, 0.2, 0.2, 0.4, 0.7, 1.0, 1.3, 1.6, 1.8, 1.8, 1.6, 1.4, 1.3, 1.3, 1.4, 1.5, 1.5, 1.4, 1.2, 0.9, 0.6, 0.4]
)
DAY_AT_FIRST: Numbers = _DAY / _DAY.mean()


class Rates:
    """The charts of all needs in all districts, as arrays of districts by needs.

    Args:
        districts: How many.
        needs: How many.
        guess: Tickets an hour of one need in one district before anything is known.
    """

    def __init__(self, districts: int, needs: int, *, guess: float = 0.5) -> None:
        size = (districts, needs)
        self.hour = -1
        self.seen = np.full(size, PRIOR_SHAPE)
        self.exposure = np.full(size, PRIOR_SHAPE / guess)
        self.watched_h = np.zeros(size)
        self.evidence = np.zeros(size)
        self.relief = np.zeros(size)
        self.since = np.full(size, -1, dtype=np.int64)
        self._day_seen = np.zeros((needs, HOURS))
        self._day_expected = np.zeros((needs, HOURS))
        self._week_seen = np.zeros(DAYS)
        self._week_expected = np.zeros(DAYS)
        self._volume_seen = np.zeros(needs)
        self._volume_expected = np.zeros(needs)

    @property
    def alarmed(self) -> NDArray[np.bool_]:
        """Which charts are in alarm."""
        return self.since >= 0

    def usual(self, hour: int) -> Numbers:
        """Return the usual tickets of an hour, counted from midnight before 1 January 1970, a Thursday."""
        return self.seen / self.exposure * self._of_day(hour) * self._of_week(hour)

    def _of_day(self, hour: int) -> Numbers:
        """By how much more or less of each need is asked for in this hour of the day than on average."""
        shape = (self._day_seen + SHAPE_PRIOR * DAY_AT_FIRST) / (self._day_expected + SHAPE_PRIOR)
        return np.asarray(shape[:, hour % HOURS] / shape.mean(axis=1))

    def _of_week(self, hour: int) -> float:
        shape = (self._week_seen + WEEK_PRIOR) / (self._week_expected + WEEK_PRIOR)
        return float(shape[hour // HOURS % DAYS] / shape.mean())

    def volume(self, counts: Numbers, usual: Numbers) -> float:
        """Return by how much tickets have risen in the state as a whole, 1 or more; these counts are the newest."""
        seen = self._volume_seen + counts.sum(axis=0)
        expected = self._volume_expected + usual.sum(axis=0)
        return max(1.0, float(np.median((seen + VOLUME_PRIOR) / (expected + VOLUME_PRIOR))))

    def step(self, hour: int, counts: Numbers) -> None:
        """Take the counts of an hour that is over; hours come in order, none twice."""
        usual = self.usual(hour)
        expected = usual * self.volume(counts, usual)
        gain = self._gain(counts, expected, 1.0)
        alarmed = self.alarmed
        ready = self.watched_h >= FIRST_HOURS
        self.evidence = np.where(ready, np.maximum(0.0, self.evidence + gain), 0.0)
        self.relief = np.where(alarmed, np.maximum(0.0, self.relief - gain), 0.0)
        ended = alarmed & (self.relief >= RELIEF)
        began = ~alarmed & (self.evidence >= ALARM)
        self.since[began] = hour
        self.since[ended] = -1
        self.evidence[ended] = 0.0
        self._learn(hour, counts, usual, expected)
        self.hour = hour

    def look(self, hour: int, counts: Numbers, fraction: float) -> NDArray[np.bool_]:
        """Return which charts are in alarm with what has come so far of a running hour; nothing is learned."""
        usual = self.usual(hour) * fraction
        gain = self._gain(counts, usual * self.volume(counts, usual), fraction)
        return self.alarmed | ((self.watched_h >= FIRST_HOURS) & (self.evidence + gain >= ALARM))

    def _gain(self, counts: Numbers, expected: Numbers, fraction: float) -> Numbers:
        """Return the log-likelihood ratio of RATIO times the expected counts against the expected ones."""
        rate = np.maximum(expected, LEAST_RATE * fraction)
        size = 1.0 / (SPREAD + 1.0 / self.seen)
        return counts * math.log(RATIO) - (counts + size) * np.log((size + RATIO * rate) / (size + rate))

    def _learn(self, hour: int, counts: Numbers, usual: Numbers, expected: Numbers) -> None:
        of_day, of_week = self._of_day(hour), self._of_week(hour)
        self._learn_shape(hour, counts, expected, of_day, of_week)
        weight = np.where(self.alarmed, IN_ALARM, 1.0)
        kept = np.exp(-weight / LEVEL_MEMORY_H)
        self.seen = kept * self.seen + weight * counts
        self.exposure = kept * self.exposure + weight * of_day * of_week
        self.watched_h += 1.0
        fading = math.exp(-1.0 / VOLUME_MEMORY_H)
        self._volume_seen = fading * (self._volume_seen + counts.sum(axis=0))
        self._volume_expected = fading * (self._volume_expected + usual.sum(axis=0))

    def _learn_shape(self, hour: int, counts: Numbers, expected: Numbers, of_day: Numbers, of_week: float) -> None:
        """Compare what came with what was expected but for the hour, and but for the day; charts in alarm apart."""
        calm = ~self.alarmed
        seen = np.where(calm, counts, 0.0).sum(axis=0)
        foreseen = np.where(calm, expected, 0.0).sum(axis=0)
        for total, share, place, passed_h in (
            (self._day_seen.T, seen, hour % HOURS, HOURS),
            (self._day_expected.T, foreseen / of_day, hour % HOURS, HOURS),
            (self._week_seen, seen.sum(), hour // HOURS % DAYS, DAYS),
            (self._week_expected, foreseen.sum() / of_week, hour // HOURS % DAYS, DAYS),
        ):
            total[place] = math.exp(-passed_h / SHAPE_MEMORY_H) * total[place] + share

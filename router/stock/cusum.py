"""CUSUM charts that detect a shortage from the rate of tickets: one chart for each need and district.

The method is the likelihood-ratio CUSUM for negative binomial counts with a usual rate that changes over the day:
M. Höhle and M. Paul, "Count data regression charts for the monitoring of surveillance time series", Computational
Statistics & Data Analysis 52 (2008) 4357-4368. Each look adds the evidence that tickets come at `RATIO` times the
usual rate m rather than at m; with r the negative binomial's size and x the count

    evidence = max(0, evidence + x ln(RATIO) - (x + r) ln((r + RATIO m) / (r + m)))

and an alarm is raised at `ALARM`. Such a chart gives, by chance alone, at most one false alarm in exp(ALARM) hours
(G. Lorden, "Procedures for reacting to a change in distribution", Annals of Mathematical Statistics 42 (1971)
1897-1908): for 520 charts ln(520 * 168) = 11.4 promises less than one a week. The promise is a loose one, so that a
lower bound does: the figures of a made year are printed by ``make sim-shortage``.

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
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

HOURS = 24
DAYS = 7

RATIO = 2.0  # the rise that is looked for; by the formula, less than 1.44 times the usual rate never adds up
ALARM = 10.5  # see above; tried with `make sim-shortage`
RELIEF = 3.0  # to end: exp(3) = 20 to 1 for the usual rate against RATIO times it, counted from the alarm on
SPREAD = 0.15  # an hour's true rate is off its usual one by some 40 %: variance m + 0.15 m²
RECENT_H = 6.0  # the rate that is shown beside the usual one
LEVEL_MEMORY_H = 14 * 24  # two weeks: long against any shortage that is noticed, short against a lockdown
SHAPE_MEMORY_H = 28 * 24  # the shape of the day changes slowly and is learned from all districts together
VOLUME_MEMORY_H = 2.0  # an advertisement on television triples the calls within minutes
VOLUME_PRIOR = 20.0  # tickets of a need in the state before its rise is believed
IN_ALARM = 0.1  # how much slower a chart in alarm learns
PRIOR_SHAPE = 0.5  # of the level before anything is known: anything from a tenth to five times the guess
FIRST_HOURS = 24.0  # of history before a chart may speak at all: it has seen each hour of the day once
MIN_RATE = 0.02  # tickets an hour: below this "twice the usual" means nothing
SHAPE_PRIOR = 50.0  # tickets of a need in an hour of the day before its share is believed more than the assumed one

WEEK_PRIOR = 1000.0  # tickets of the state on a day of the week, likewise

_DAY = np.array(
    # the assumed share of a day's tickets by the hour, midnight first: nights are quiet, late mornings are not
    [3, 2, 2, 2, 2, 4, 7, 10, 13, 16, 18, 18, 16, 14, 13, 13, 14, 15, 15, 14, 12, 9, 6, 4]
)
DAY_AT_FIRST: Numbers = _DAY / _DAY.mean()


class Rates:
    """The charts of all needs in all districts, as arrays of districts by needs.

    Args:
        districts: How many.
        needs: How many.
        guess: Tickets an hour of one need in one district before anything is known.

    Attributes:
        hour: The last hour that was taken, -1 before the first.
        since: The hour since which a chart is in alarm, -1 when it is not.
        recent: Tickets an hour in the last hours.
        recent_usual: The usual counts in these hours.
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
        self.recent = np.zeros(size)
        self.recent_usual = np.zeros(size)
        self.day_seen = np.zeros((needs, HOURS))
        self.day_expected = np.zeros((needs, HOURS))
        self.week_seen = np.zeros(DAYS)
        self.week_expected = np.zeros(DAYS)
        self.volume_seen = np.zeros(needs)
        self.volume_expected = np.zeros(needs)

    @property
    def alarmed(self) -> NDArray[np.bool_]:
        """Which charts are in alarm."""
        return self.since >= 0

    def usual(self, hour: int) -> Numbers:
        """Return the usual tickets of an hour, counted from midnight before 1 January 1970, a Thursday."""
        return np.asarray(self.seen / self.exposure * self._of_day(hour) * self._of_week(hour))

    def _of_day(self, hour: int) -> Numbers:
        """By how much more or less of each need is asked for in this hour of the day than on average."""
        shape = (self.day_seen + SHAPE_PRIOR * DAY_AT_FIRST) / (self.day_expected + SHAPE_PRIOR)
        return np.asarray(shape[:, hour % HOURS] / shape.mean(axis=1))

    def _of_week(self, hour: int) -> float:
        shape = (self.week_seen + WEEK_PRIOR) / (self.week_expected + WEEK_PRIOR)
        return float(shape[hour // HOURS % DAYS] / shape.mean())

    def volume(self, counts: Numbers, usual: Numbers) -> float:
        """Return by how much tickets have risen in the state as a whole, 1 or more; these counts are the newest."""
        seen = self.volume_seen + counts.sum(axis=0)
        expected = self.volume_expected + usual.sum(axis=0)
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
        self._raise(~alarmed & (self.evidence >= ALARM), hour)
        self.since[ended] = -1
        self.evidence[ended] = 0.0
        self._learn(hour, counts, usual, expected)
        fading = math.exp(-1.0 / RECENT_H)
        self.recent = fading * self.recent + (1.0 - fading) * counts
        self.recent_usual = fading * self.recent_usual + (1.0 - fading) * usual
        self.hour = hour

    def look(self, hour: int, counts: Numbers, fraction: float) -> bool:
        """Raise the alarms that are due with the counts so far of a running hour; nothing is learned.

        Args:
            hour: The one after the last that was taken.
            counts: Its tickets so far.
            fraction: How much of it is over, 0 to 1.

        Returns:
            Whether an alarm was raised.
        """
        usual = self.usual(hour) * fraction
        gain = self._gain(counts, usual * self.volume(counts, usual), fraction)
        began = ~self.alarmed & (self.watched_h >= FIRST_HOURS) & (self.evidence + gain >= ALARM)
        self._raise(began, hour)
        return bool(began.any())

    def _raise(self, began: NDArray[np.bool_], hour: int) -> None:
        self.since[began] = hour
        self.relief[began] = 0.0

    def _gain(self, counts: Numbers, expected: Numbers, fraction: float) -> Numbers:
        """Return the log-likelihood ratio of RATIO times the expected counts against the expected ones."""
        rate = np.maximum(expected, MIN_RATE * fraction)
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
        self.volume_seen = fading * (self.volume_seen + counts.sum(axis=0))
        self.volume_expected = fading * (self.volume_expected + usual.sum(axis=0))

    def _learn_shape(self, hour: int, counts: Numbers, expected: Numbers, of_day: Numbers, of_week: float) -> None:
        """Compare what came with what was expected but for the hour, and but for the day; charts in alarm apart."""
        calm = ~self.alarmed
        seen = np.where(calm, counts, 0.0).sum(axis=0)
        foreseen = np.where(calm, expected, 0.0).sum(axis=0)
        for total, share, place, passed_h in (
            (self.day_seen.T, seen, hour % HOURS, HOURS),
            (self.day_expected.T, foreseen / of_day, hour % HOURS, HOURS),
            (self.week_seen, seen.sum(), hour // HOURS % DAYS, DAYS),
            (self.week_expected, foreseen.sum() / of_week, hour // HOURS % DAYS, DAYS),
        ):
            total[place] = math.exp(-passed_h / SHAPE_MEMORY_H) * total[place] + share

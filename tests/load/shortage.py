"""`make sim-shortage`: a year of made tickets with known shortages; how soon and how wrongly do the charts speak?

The rates are made, but as crooked as real ones: districts and needs of very different size, an hourly rate that is
off by a quarter, days that are off as a whole, a slow drift over months, a fortnight in which the helpline becomes
known, and days on which it is advertised.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from router.stock.cusum import DAY_AT_FIRST, HOURS, Rates

if TYPE_CHECKING:
    from collections.abc import Sequence

DISTRICTS = 52
NEEDS = 10
TICKETS_A_DAY = 20_000
LOOKS_AN_HOUR = 4
FIRST_H = 28 * HOURS  # the charts learn; counted apart
AFTER_H = 96  # an alarm so soon after a shortage is no false one
WEEK_H = 7 * HOURS
CLASSES = ((0.0, 0.3), (0.3, 1.0), (1.0, 3.0), (3.0, float("inf")))


@dataclass(eq=False)
class Outbreak:
    """One known shortage of one need in one district, and what was said of it.

    Attributes:
        usual: Tickets an hour without it.
        delay_h: From its start to the alarm, None when there was none while it lasted.
        end_h: From its end to the alarm's.
    """

    chart: tuple[int, int]
    start: int
    hours: int
    usual: float
    delay_h: float | None = None
    end_h: float | None = None

    @property
    def end(self) -> int:
        return self.start + self.hours

    def note(self, alarmed: np.ndarray[Any, Any], hours: float) -> None:
        """Take a look at the charts, so many hours after the beginning of all."""
        alarm = alarmed[self.chart]
        if self.delay_h is None and alarm and self.start < hours <= self.end:
            self.delay_h = hours - self.start
        if self.delay_h is not None and self.end_h is None and not alarm and hours >= self.end:
            self.end_h = hours - self.end


def made_rates(generator: np.random.Generator, days: int, tickets_a_day: float) -> np.ndarray[Any, Any]:
    """Return the true usual tickets an hour: hours by districts by needs."""
    size = (days, DISTRICTS, NEEDS)
    level = generator.lognormal(0.0, 0.7, (DISTRICTS, 1)) * generator.lognormal(0.0, 0.3, (DISTRICTS, NEEDS))
    level *= 0.75 ** np.arange(NEEDS)  # from a quarter of all calls down to a fiftieth
    level *= tickets_a_day / HOURS / level.sum()
    drift = np.cumsum(generator.normal(0, 0.02, size), axis=0)  # by a third or so in a year
    wobble = generator.normal(0, 0.10, size) + generator.normal(0, 0.10, (days, 1, 1))
    known = np.minimum(1.0, 0.1 + np.arange(days) / 14)
    advertised = np.where(generator.random(days) < 4 / 365, 2.5, 1.0)
    week = np.array([1.0, 1.0, 1.0, 0.8, 0.7, 1.2, 1.1])[np.arange(days) % 7]
    daily = np.exp(drift + wobble) * (known * advertised * week)[:, None, None] * level
    peaks = np.roll(DAY_AT_FIRST, 1) ** 1.3  # not quite the day that the charts assume
    hourly = daily[:, None] * (peaks / peaks.mean())[None, :, None, None]
    return np.asarray(hourly.reshape(days * HOURS, DISTRICTS, NEEDS))


def made_outbreaks(generator: np.random.Generator, rates: np.ndarray[Any, Any], count: int) -> list[Outbreak]:
    """Return shortages of one to three days."""
    found = []
    for _ in range(count):
        chart = (int(generator.integers(DISTRICTS)), int(generator.integers(NEEDS)))
        start = int(generator.integers(FIRST_H, len(rates) - WEEK_H))
        hours = int(generator.integers(24, 73))
        found.append(Outbreak(chart, start, hours, float(rates[(slice(start, start + HOURS), *chart)].mean())))
    return found


def simulate(
    *, seed: int = 1, days: int = 365, outbreaks: int = 300, times: float = 3.0, tickets_a_day: float = TICKETS_A_DAY
) -> dict[str, Any]:
    """Run the charts over made tickets, looking four times an hour, and say how they did."""
    generator = np.random.default_rng(seed)
    rates = made_rates(generator, days, tickets_a_day)
    known = made_outbreaks(generator, rates, outbreaks)
    short = np.zeros(rates.shape, dtype=bool)
    for one in known:
        rates[(slice(one.start, one.end), *one.chart)] *= times
        short[(slice(one.start, one.end + AFTER_H), *one.chart)] = True
    charts = Rates(DISTRICTS, NEEDS)
    false = [0, 0]  # while learning, and then
    for hour in range(days * HOURS):
        lively = [one for one in known if one.start <= hour < one.end + WEEK_H]
        true = rates[hour] * generator.gamma(1 / 0.07, 0.07, rates[hour].shape)
        counts = generator.poisson(true / LOOKS_AN_HOUR, (LOOKS_AN_HOUR, *true.shape)).cumsum(axis=0).astype(float)
        for look in range(1, LOOKS_AN_HOUR + 1):
            before = charts.alarmed
            if look < LOOKS_AN_HOUR:
                charts.look(hour, counts[look - 1], look / LOOKS_AN_HOUR)
            else:
                charts.step(hour, counts[-1])
            false[hour >= FIRST_H] += int((charts.alarmed & ~before & ~short[hour]).sum())
            for one in lively:
                one.note(charts.alarmed, hour + look / LOOKS_AN_HOUR)
    return {
        "tickets_a_day": tickets_a_day,
        "times": times,
        "false_alarms_a_week": round(false[1] / ((days * HOURS - FIRST_H) / WEEK_H), 2),
        "false_alarms_while_learning": false[0],
        "all": figures(known),
        "by_usual_tickets_an_hour": {
            f"{low:g} to {high:g}": figures([one for one in known if low <= one.usual < high]) for low, high in CLASSES
        },
    }


def figures(outbreaks: Sequence[Outbreak]) -> dict[str, float | int | None]:
    """Return what was said of some outbreaks; the median delay counts those never found as longer than any."""
    delays = [float("inf") if one.delay_h is None else one.delay_h for one in outbreaks]
    ends = [one.end_h for one in outbreaks if one.end_h is not None]
    median = float(np.median(delays)) if delays else float("inf")
    return {
        "outbreaks": len(outbreaks),
        "found": sum(one.delay_h is not None for one in outbreaks),
        "median_delay_h": round(median, 2) if np.isfinite(median) else None,
        "median_end_h": round(float(np.median(ends)), 2) if ends else None,
    }


def main() -> None:
    """Print the figures, and keep them where told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="keep the figures here, as JSON")
    options = parser.parse_args()
    results = [
        simulate(seed=options.seed, days=options.days, times=times, tickets_a_day=tickets)
        for times, tickets in ((3.0, TICKETS_A_DAY), (2.0, TICKETS_A_DAY), (3.0, 3 * TICKETS_A_DAY))
    ]
    for result in results:
        print(f"\n{result['tickets_a_day']:,.0f} tickets a day, shortages of {result['times']:g} times the usual rate:")
        print(f"  false alarms a week in the whole state: {result['false_alarms_a_week']}")
        print(f"  false alarms in the first four weeks:   {result['false_alarms_while_learning']}")
        print("  usual tickets an hour   shortages  found  median delay  median end")
        for name, row in {**result["by_usual_tickets_an_hour"], "all": result["all"]}.items():
            delay, end = (
                f"{row[key]} h" if row[key] is not None else "-" for key in ("median_delay_h", "median_end_h")
            )
            print(f"  {name:<22} {row['outbreaks']:>10} {row['found']:>6} {delay:>13} {end:>11}")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()

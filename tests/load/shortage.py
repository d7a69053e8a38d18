"""`make sim-shortage`: a year of made tickets with known shortages; how soon and how wrongly do the charts speak?

The rates are made, but as crooked as real ones: districts and needs of very different size, an hourly rate that is
off by 30 %, days that are off as a whole, a slow drift over months, a first fortnight in which the helpline becomes
known, and days on which it is advertised.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from router.stock.rates import DAY_AT_FIRST, HOURS, Rates

DISTRICTS = 52
NEEDS = 10
LOOKS_AN_HOUR = 4
TICKETS_A_DAY = 20_000
FIRST_H = 28 * HOURS  # the charts learn; counted apart
LONGEST_DELAY_H = 72


@dataclass(frozen=True)
class Outbreak:
    """One known shortage: in one district, of one need."""

    district: int
    need: int
    start: int
    hours: int
    times: float


def made_rates(generator: np.random.Generator, hours: int, tickets_a_day: float) -> np.ndarray[Any, Any]:
    """Return the true usual tickets an hour: hours by districts by needs."""
    sizes = generator.lognormal(0.0, 0.7, (DISTRICTS, 1)) * generator.lognormal(0.0, 0.3, (DISTRICTS, NEEDS))
    shares = 0.75 ** np.arange(NEEDS)
    level = sizes * shares
    level *= tickets_a_day / HOURS / level.sum()
    days = hours // HOURS
    wobble = np.cumsum(generator.normal(0, 0.02, (days, DISTRICTS, NEEDS)), axis=0)  # a third more or less in a year
    of_day = generator.normal(0, 0.10, (days, DISTRICTS, NEEDS)) + generator.normal(0, 0.10, (days, 1, 1))
    known = np.minimum(1.0, 0.1 + np.arange(days) / 14)[:, None, None]
    advertised = np.where(generator.random(days) < 4 / 365, 2.5, 1.0)[:, None, None]
    week = np.array([1.0, 1.0, 1.0, 0.8, 0.7, 1.2, 1.1])[np.arange(days) % 7][:, None, None]
    daily = np.exp(wobble + of_day) * known * advertised * week * level
    peaks = np.roll(DAY_AT_FIRST, 1) ** 1.3  # not quite the day the charts assume
    return (daily[:, None] * (peaks / peaks.mean())[None, :, None, None]).reshape(hours, DISTRICTS, NEEDS)


def made_outbreaks(generator: np.random.Generator, hours: int, count: int, times: float) -> list[Outbreak]:
    """Return shortages of one to three days, each in a chart of its own time."""
    return [
        Outbreak(
            int(generator.integers(DISTRICTS)), int(generator.integers(NEEDS)),
            int(generator.integers(FIRST_H, hours - 8 * HOURS)), int(generator.integers(24, 73)), times,
        )
        for _ in range(count)
    ]  # fmt: skip


def simulate(*, seed: int, days: int, outbreaks: int, times: float, tickets_a_day: float) -> dict[str, Any]:
    """Run the charts over made tickets, looking four times an hour, and say how they did."""
    generator = np.random.default_rng(seed)
    hours = days * HOURS
    rates = made_rates(generator, hours, tickets_a_day)
    known = made_outbreaks(generator, hours, outbreaks, times)
    usual = rates.copy()
    short = np.zeros(rates.shape, dtype=bool)  # or just over: an alarm then is no false one
    for one in known:
        rates[one.start : one.start + one.hours, one.district, one.need] *= one.times
        short[one.start : one.start + one.hours + 96, one.district, one.need] = True
    charts = Rates(DISTRICTS, NEEDS)
    first = {one: float("nan") for one in known}
    ended = dict(first)
    false: list[int] = []
    before = np.zeros((DISTRICTS, NEEDS), dtype=bool)
    for hour in range(hours):
        true = rates[hour] * generator.gamma(1 / 0.07, 0.07, rates[hour].shape)
        quarters = generator.poisson(true / LOOKS_AN_HOUR, (LOOKS_AN_HOUR, *true.shape)).cumsum(axis=0)
        spoke = before
        for look in range(1, LOOKS_AN_HOUR + 1):
            counts = quarters[look - 1].astype(float)
            if look < LOOKS_AN_HOUR:
                now = charts.look(hour, counts, look / LOOKS_AN_HOUR)
            else:
                charts.step(hour, counts)
                now = charts.alarmed
            for district, need in np.argwhere(now & ~spoke):
                if not short[hour, district, need]:
                    false.append(hour)
            for one in known:
                if one.start <= hour < one.start + one.hours + LONGEST_DELAY_H:
                    if now[one.district, one.need] and np.isnan(first[one]) and hour < one.start + one.hours:
                        first[one] = hour - one.start + look / LOOKS_AN_HOUR
            spoke = now if look == LOOKS_AN_HOUR else now | spoke
        for one in known:
            if (
                not np.isnan(first[one])
                and np.isnan(ended[one])
                and hour >= one.start + one.hours
                and not spoke[one.district, one.need]
            ):
                ended[one] = hour - one.start - one.hours
        before = spoke
    return _figures(known, first, ended, false, usual, days)


def _figures(known, first, ended, false, usual, days) -> dict[str, Any]:
    late = [hour for hour in false if hour >= FIRST_H]
    classes = {}
    bounds = [(0.0, 0.3), (0.3, 1.0), (1.0, 3.0), (3.0, 1e9), (0.0, 1e9)]
    for low, high in bounds:
        ones = [one for one in known if low <= usual[one.start : one.start + 24, one.district, one.need].mean() < high]
        delays = [first[one] for one in ones]
        found = [delay for delay in delays if not np.isnan(delay)]
        ends = [ended[one] for one in ones if not np.isnan(ended[one])]
        classes[f"{low:g}-{high:g}"] = {
            "outbreaks": len(ones),
            "found": len(found),
            "median_delay_h": round(float(np.median(found)), 2) if found else None,
            "p90_delay_h": round(float(np.percentile(found, 90)), 2) if found else None,
            "median_end_h": round(float(np.median(ends)), 2) if ends else None,
        }
    return {
        "false_alarms_a_week": round(len(late) / ((days * HOURS - FIRST_H) / 168), 3),
        "false_alarms_first_4_weeks": len(false) - len(late),
        "by_usual_tickets_an_hour": classes,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--times", type=float, default=3)
    parser.add_argument("--perday", type=float, default=TICKETS_A_DAY)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    print(
        json.dumps(simulate(seed=a.seed, days=a.days, outbreaks=300, times=a.times, tickets_a_day=a.perday), indent=1)
    )

"""The shortage charts, on made tickets."""

from __future__ import annotations

import numpy as np
import pytest

from router.model.hourly_count import HourlyCount
from router.stock.cusum import DAY_AT_FIRST, HOURS, Rates
from router.stock.shortage_charts import Charts
from tests.load.shortage import simulate

DISTRICTS, NEEDS = 6, 5


def run(charts: Rates, rates: np.ndarray, hours: range, seed: int = 7) -> list[tuple[int, int]]:
    """Feed hours of Poisson tickets; return every chart that was ever in alarm."""
    generator = np.random.default_rng(seed)
    alarmed: dict[tuple[int, int], None] = {}
    for hour in hours:
        charts.step(hour, generator.poisson(rates * DAY_AT_FIRST[hour % HOURS]).astype(float))
        alarmed |= {(int(row), int(column)): None for row, column in np.argwhere(charts.alarmed)}
    return list(alarmed)


def learned(rate: float = 2.0) -> tuple[Rates, np.ndarray]:
    """Charts that have seen three weeks of a rate, and the rate."""
    charts, rates = Rates(DISTRICTS, NEEDS), np.full((DISTRICTS, NEEDS), rate)
    assert run(charts, rates, range(21 * HOURS)) == []
    return charts, rates


def test_a_made_year_is_told_soon_and_seldom_wrongly() -> None:
    found = simulate(days=120, outbreaks=150)
    assert found["false_alarms_a_week"] < 2
    assert found["false_alarms_while_learning"] < 40
    busy = found["by_usual_tickets_an_hour"]["3 to inf"]
    assert busy["outbreaks"] >= 10
    assert busy["found"] == busy["outbreaks"]
    assert busy["median_delay_h"] < 10
    fair = found["by_usual_tickets_an_hour"]["1 to 3"]
    assert fair["found"] >= 0.9 * fair["outbreaks"]
    assert fair["median_delay_h"] < 16


def test_rise_of_one_chart_is_an_alarm_of_that_chart_and_ends() -> None:
    charts, rates = learned()
    short = rates.copy()
    short[2, 3] *= 3
    first = 21 * HOURS
    assert run(charts, short, range(first, first + 24)) == [(2, 3)]
    assert charts.since[2, 3] >= first
    assert charts.recent[2, 3] > 2 * charts.recent_usual[2, 3]
    run(charts, rates, range(first + 24, first + 72))
    assert not charts.alarmed.any()


def test_rise_of_everything_everywhere_is_a_helpline_that_becomes_known() -> None:
    charts, rates = learned()
    assert run(charts, 3 * rates, range(21 * HOURS, 24 * HOURS)) == []


def test_new_district_with_another_rate_raises_nothing_by_itself() -> None:
    rates = np.full((DISTRICTS, NEEDS), 0.3)
    rates[1] = 12.0
    rates[2] = 0.01
    assert run(Rates(DISTRICTS, NEEDS), rates, range(14 * HOURS)) == []


def test_two_tickets_where_none_are_usual_raise_nothing() -> None:
    charts, rates = learned(rate=0.0)
    counts = np.zeros_like(rates)
    counts[0, 0] = 2
    charts.step(21 * HOURS, counts)
    assert not charts.alarmed.any()


def test_look_finds_a_rush_before_the_hour_is_over() -> None:
    charts, _ = learned()
    counts = np.full((DISTRICTS, NEEDS), 1.0)
    counts[4, 0] = 60
    noon = 21 * HOURS + 12
    run(charts, np.full_like(counts, 2.0), range(21 * HOURS, noon))
    assert not charts.look(noon, np.full_like(counts, 1.0), 0.25)
    assert charts.look(noon, counts, 0.25)
    assert charts.since[4, 0] == noon
    assert not charts.look(noon, counts, 0.5)  # told once


def test_shortage_of_weeks_does_not_become_usual() -> None:
    charts, rates = learned()
    short = rates.copy()
    short[0, 0] *= 3
    run(charts, short, range(21 * HOURS, 42 * HOURS))
    assert charts.alarmed[0, 0]


@pytest.mark.parametrize("change", ["nothing", "a district more", "a need less"])
def test_charts_go_on_from_their_document(change: str) -> None:
    generator = np.random.default_rng(1)
    districts, needs = ["agra", "bhind", "datia"], ["ration", "water"]
    first = Charts(districts, needs)
    for hour in range(72):
        first.take([HourlyCount(hour, d, n, int(generator.poisson(4)) + 1) for d in districts for n in needs])
    if change == "a district more":
        districts = ["new", *districts]
    elif change == "a need less":
        needs = needs[1:]
    again = Charts(districts, needs, first.document())
    assert again.hour == 71
    known = {(rate.district, rate.need): rate for rate in first.rates()}
    for rate in again.rates():
        assert rate.district == "new" or rate == known[rate.district, rate.need]


def test_charts_take_no_hour_twice_and_none_without_a_ticket() -> None:
    charts = Charts(["bhind"], ["ration"])
    charts.take([HourlyCount(5, "bhind", "ration", 3)])
    before = charts.document()
    charts.take([HourlyCount(5, "bhind", "ration", 3), HourlyCount(6, "bhind", "unicorns", 3)])
    assert charts.document() == before

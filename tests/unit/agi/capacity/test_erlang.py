"""Erlang's formulas against printed tables, and against what must hold for all numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.capacity.erlang import erlang_b, erlang_c, waiting_a, waiting_c

SERVERS = st.integers(1, 400)
LOADS = st.floats(0.01, 500)


@pytest.mark.parametrize(
    ("servers", "load", "lost"),
    [
        (1, 0.0101, 0.01), (5, 1.361, 0.01), (10, 4.461, 0.01), (20, 12.03, 0.01), (50, 37.90, 0.01),
        (100, 84.06, 0.01), (10, 5.084, 0.02), (20, 13.18, 0.02), (50, 40.26, 0.02), (100, 87.97, 0.02),
    ],
)  # fmt: skip
def test_erlang_b_as_in_the_printed_tables(servers: int, load: float, lost: float) -> None:
    assert erlang_b(servers, load) == pytest.approx(lost, abs=5e-5)


@pytest.mark.parametrize(("servers", "load", "waits"), [(8, 3.87, 0.05), (10, 4.08, 0.01)])
def test_erlang_c_as_in_the_printed_tables(servers: int, load: float, waits: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(waits, abs=2e-4)


def test_erlang_c_and_a_as_in_the_example_of_garnett_mandelbaum_reiman() -> None:
    """50 agents, 48 calls a minute of one minute each; with patience of two minutes, and without end."""
    patient = waiting_c(50, 48, handle_s=60, limit_s=58.1)
    assert patient.mean_wait_s == pytest.approx(20.8, abs=0.05)
    assert patient.served_in_time == pytest.approx(0.90, abs=0.001)
    hurried = waiting_a(50, 48, handle_s=60, patience_s=120, limit_s=math.inf)
    assert hurried.abandoned == pytest.approx(0.031, abs=0.0005)
    assert hurried.mean_wait_s == pytest.approx(3.7, abs=0.05)


@given(SERVERS, LOADS)
def test_erlang_b_satisfies_its_recursion(servers: int, load: float) -> None:
    before = erlang_b(servers - 1, load)
    assert erlang_b(servers, load) == pytest.approx(load * before / (servers + load * before), rel=1e-12)


@given(SERVERS, LOADS)
def test_fewer_are_lost_than_would_wait_and_more_servers_help_both(servers: int, load: float) -> None:
    assert 0 <= erlang_b(servers, load) <= erlang_c(servers, load) <= 1
    assert erlang_b(servers + 1, load) <= erlang_b(servers, load) <= erlang_b(servers, load * 1.01)
    assert erlang_c(servers + 1, load) <= erlang_c(servers, load) <= erlang_c(servers, load * 1.01)


@given(SERVERS, LOADS, st.floats(1, 3600), st.floats(0, 600))
def test_callers_with_patience_fare_as_the_queue_itself_counts_them(
    servers: int, load: float, patience_s: float, limit_s: float
) -> None:
    """The same from the probabilities of each number of callers, which births and deaths give step by step."""
    found = waiting_a(servers, load, handle_s=180, patience_s=patience_s, limit_s=limit_s)
    share, waits, left = 1.0, 0.0, 0.0
    whole = 1.0
    for k in range(1, 20_000):
        leaving = max(0, k - servers) * 180 / patience_s
        share *= load / (min(k, servers) + leaving)
        whole += share
        waits += share if k >= servers else 0
        left += share * leaving / load
        if k > servers + load and share < whole * 1e-16:
            break
        if whole > 1e200:
            share, waits, left, whole = share / whole, waits / whole, left / whole, 1.0
    assert found.waits == pytest.approx(waits / whole, abs=1e-9)
    assert found.abandoned == pytest.approx(left / whole, abs=1e-9)
    assert 0 <= found.served_in_time <= 1 - found.abandoned + 1e-9


@given(st.integers(1, 60), st.floats(0.1, 90), st.floats(5, 600), st.floats(1, 120))
def test_share_served_in_time_is_the_integral_of_its_density(
    servers: int, load: float, patience_s: float, limit_s: float
) -> None:
    """The closed form against the sum over small steps of waiting time (Simpson's rule)."""
    found = waiting_a(servers, load, handle_s=120, patience_s=patience_s, limit_s=limit_s)
    at_once = 1 - found.waits
    rate, leave, clear = load / 120, 1 / patience_s, servers / 120

    def density(t: float) -> float:
        return rate * math.exp(rate / leave * -math.expm1(-leave * t) - clear * t)

    # P(V = 0) = E/(E + ρA): with E from B, that gives the denominator
    whole = 1 / erlang_b(servers - 1, load) / at_once if at_once > 1e-6 else None
    if whole is None:
        return
    steps = 400
    width = limit_s / steps
    weights = [1 if i in (0, steps) else 4 if i % 2 else 2 for i in range(steps + 1)]
    there = sum(w * density(i * width) * math.exp(-leave * i * width) for i, w in enumerate(weights)) * width / 3
    assert found.served_in_time == pytest.approx(at_once + there / whole, rel=1e-4, abs=1e-7)


@given(SERVERS, LOADS, st.floats(0, 120))
def test_endless_patience_is_erlang_c(servers: int, load: float, limit_s: float) -> None:
    if load > servers * 0.95:
        return
    patient = waiting_c(servers, load, handle_s=180, limit_s=limit_s)
    hurried = waiting_a(servers, load, handle_s=180, patience_s=1e7, limit_s=limit_s)
    assert hurried.waits == pytest.approx(patient.waits, abs=1e-3)
    assert hurried.served_in_time == pytest.approx(patient.served_in_time, abs=1e-3)


@given(SERVERS, LOADS, st.floats(1, 3600))
def test_impatience_only_spares_others_the_wait(servers: int, load: float, patience_s: float) -> None:
    hurried = waiting_a(servers, load, handle_s=180, patience_s=patience_s, limit_s=20)
    more = waiting_a(servers + 1, load, handle_s=180, patience_s=patience_s, limit_s=20)
    assert erlang_b(servers, load) <= hurried.waits + 1e-12
    assert hurried.waits <= erlang_c(servers, load) + 1e-12
    assert more.served_in_time >= hurried.served_in_time - 1e-9
    assert more.abandoned <= hurried.abandoned + 1e-9


def test_far_too_much_traffic_still_has_numbers() -> None:
    found = waiting_a(5, 8_000, handle_s=300, patience_s=3_000, limit_s=200)
    assert found.abandoned == pytest.approx(1 - 5 / 8_000, abs=1e-9)
    assert erlang_b(10_000, 1.0) == 0.0

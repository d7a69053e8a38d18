"""The plan of an hour: the fewest that reach the target, and no fewer would."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agi.capacity.erlang import Waiting, erlang_b, waiting_a, waiting_c
from agi.capacity.staffing import Demand, ServiceTarget, plan_capacity

HOUR = Demand(calls_per_hour=360, handle_s=240)
TARGET = ServiceTarget()

DEMANDS = st.builds(
    Demand,
    calls_per_hour=st.floats(1, 2_000),
    handle_s=st.floats(10, 600),
    patience_s=st.none() | st.floats(10, 600),
    recall=st.floats(0, 0.9),
)


@settings(max_examples=60)
@given(DEMANDS, st.floats(0.5, 0.95), st.floats(0, 60))
@example(Demand(calls_per_hour=84, handle_s=10, menu_s=60, bridged=0.1, patience_s=10, recall=0), 0.875, 9)
def test_plan_takes_the_fewest_operators_that_reach_the_target(demand: Demand, share: float, within_s: float) -> None:
    target = ServiceTarget(share=share, within_s=within_s)
    found = plan_capacity(demand, target)

    def fare(operators: int, load: float) -> Waiting:
        if demand.patience_s is None:
            return waiting_c(operators, load, handle_s=demand.handle_s, limit_s=within_s)
        return waiting_a(operators, load, handle_s=demand.handle_s, patience_s=demand.patience_s, limit_s=within_s)

    assert found.waiting.served_in_time >= share
    assert fare(found.operators, found.load).served_in_time == pytest.approx(found.waiting.served_in_time)
    if found.operators > 1:  # one fewer, with whom more give up and call again
        new = load = demand.calls_per_hour * demand.handle_s / 3600
        for _ in range(500):
            load = new + demand.recall * fare(found.operators - 1, load).abandoned * load
        assert fare(found.operators - 1, load).served_in_time < share
    assert found.occupancy <= 1
    assert found.repeated_per_hour == pytest.approx(
        demand.recall * found.waiting.abandoned * (demand.calls_per_hour + found.repeated_per_hour), abs=1e-5
    )


def test_plan_lines_lose_no_more_than_allowed_and_one_fewer_would() -> None:
    found = plan_capacity(HOUR, TARGET)
    held = (360 * (60 + found.waiting.mean_wait_s) + 360 * 240) / 3600
    assert erlang_b(found.trunk_channels, held) <= 0.01 < erlang_b(found.trunk_channels - 1, held)
    assert erlang_b(found.bridged_legs, 2.4) <= 0.01 < erlang_b(found.bridged_legs - 1, 2.4)
    assert found.channels == found.operators + found.trunk_channels + found.bridged_legs


def test_plan_calling_again_needs_more_and_giving_up_fewer() -> None:
    hurried = replace(HOUR, patience_s=120.0)
    again = replace(hurried, recall=0.7)
    assert plan_capacity(hurried, TARGET).operators < plan_capacity(HOUR, TARGET).operators
    assert plan_capacity(again, TARGET).load > plan_capacity(hurried, TARGET).load == pytest.approx(24)


def test_plan_without_bridging_has_no_legs() -> None:
    assert plan_capacity(replace(HOUR, bridged=0.0), TARGET).bridged_legs == 0

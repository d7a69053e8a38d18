"""The machine of a plan: from the bench that ran here, else from the documented figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agi.capacity.machine import MEASURED, AttendedCost, attended_cost, machine_for
from agi.capacity.staffing import Demand, ServiceTarget, plan_capacity

if TYPE_CHECKING:
    from pathlib import Path


def test_five_hundred_attended_calls_need_cores_for_operators_and_menus_twice_over() -> None:
    plan = plan_capacity(Demand(calls_per_hour=6000, handle_s=300), ServiceTarget())
    need = machine_for(plan, AttendedCost(cpu_s=0.3, concurrent=200))
    in_menus = plan.trunk_channels - plan.operators
    assert plan.operators > 500
    assert need.busy_cores == pytest.approx((plan.operators * 0.3 + in_menus * 0.178) / 60)
    assert need.cores == -(-2 * need.busy_cores // 1)
    assert need.network_mbit_s == pytest.approx(plan.channels * 0.08)


def test_the_bench_of_this_machine_counts_and_a_broken_file_does_not(tmp_path: Path) -> None:
    file = tmp_path / "operators.json"
    assert attended_cost(file) == MEASURED
    figures = {"attended": {"concurrent": 150}, "cpu_s_per_attended_minute": {"ours": 0.1, "asterisk": 0.25}}
    file.write_text(json.dumps(figures))
    assert attended_cost(file) == AttendedCost(pytest.approx(0.35), 150, here=True)  # type: ignore[arg-type]
    file.write_text('{"attended": 3}')
    assert attended_cost(file) == MEASURED

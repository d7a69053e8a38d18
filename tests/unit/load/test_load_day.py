"""The mix of the day's callers, their plain dialplan, and when a day has missed a target."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from router.phone_numbers import normalise
from tests.load.day_figures import targets
from tests.load.floor import floor_dialplan
from tests.load.knee import knee
from tests.load.knee_plot import plot
from tests.load.shares import DAY, day_callers, mixed, share_of

VOICE = bytes(range(160)) * 3
GOOD: dict[str, Any] = {
    "calls": {"failed": 0, "floor_failed": 0},
    "tickets": {"expected": 7, "delivered": 7},
    "refused": {"expected": 5, "counted": 5, "before_the_storm": 0},
    "probe": {"lost": 0, "jitter_mean_ms": 1.1, "floor_jitter_mean_ms": 1.0},
    "bridges": {"placed": 1, "joined": 1},
    "queue": {"offered": 2, "answered": 1, "abandoned": 1},
    "cpu_ms_per_call": {"ratio": 0.1},
}


def test_day_mix_is_right_in_every_ten_callers():
    names = [share.name for share in itertools.islice(mixed(), 40)]
    for start in range(0, 40, 10):
        assert Counter(names[start : start + 10]) == {"ticket": 6, "operator": 2, "bridge": 1, "message": 1}


def test_day_callers_have_numbers_of_their_own_that_can_be_called():
    callers = [*day_callers(30, 1, VOICE, plain=True), *day_callers(30, 2, VOICE)]
    assert len({caller.number for caller in callers}) == 60
    assert all(normalise(caller.number).callable for caller in callers)
    assert Counter(share_of(caller.number).name for caller in callers)["bridge"] == 6
    assert {caller.did for caller in callers[30:]} == {"181", "1070"}


def test_floor_asks_for_every_key_that_is_pressed():
    dialplan = floor_dialplan(DAY, Path("/p"), Path("/r"), Path("/probe"))
    for share in DAY:
        pressed = [press.keys.rstrip("#") for press in share.presses]
        assert [keys for keys in pressed if keys] == [keys for _, keys in share.asks]
    assert dialplan.count('!= "462001"') == 1
    assert "PLAY" not in dialplan
    assert "FILE" not in dialplan


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("calls", "failed", 1),
        ("calls", "floor_failed", 1),
        ("refused", "counted", 4),
        ("refused", "before_the_storm", 1),
        ("tickets", "delivered", 6),
        ("bridges", "joined", 0),
        ("queue", "abandoned", 0),
        ("cpu_ms_per_call", "ratio", 0.151),
        ("probe", "lost", 1),
        ("probe", "jitter_mean_ms", 1.21),
    ],
)
def test_day_misses_a_target(part: str, key: str, value: float):
    assert all(target.met for target in targets(GOOD))
    found = {**GOOD, part: {**GOOD[part], key: value}}
    assert sum(not target.met for target in targets(found)) == 1


def test_knee_is_before_the_first_step_that_suffers():
    quiet = {"lost": 0, "gap_p99_ms": 30.0, "failed": 0, "refused": 0, "jitter_ms": 1.0, "cores_busy": 0.4}
    rows = [{**quiet, "callers": 100}, {**quiet, "callers": 200}, {**quiet, "callers": 300, "gap_p99_ms": 70.0}]
    assert (knee(rows), knee(rows[2:])) == (200, 0)
    for trouble in ("lost", "failed", "refused"):
        assert knee([{**rows[0], trouble: 1}]) == 0
    drawn = ET.fromstring(plot(rows, 200))
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}circle")) == 9

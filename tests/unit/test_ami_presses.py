"""One press is one key, by whatever ways it comes."""

from __future__ import annotations

import pytest

from agi.ami.presses import SECOND_WAY_S, Presses


@pytest.mark.parametrize(
    ("told", "pressed", "twice"),
    [
        ("B1 E1", "1", False),
        ("B1 E1 B1 E1", "11", False),  # the same key pressed twice
        ("E1 E1", "11", False),  # twice, by INFO alone
        ("B1 E1 E1", "1", True),  # the INFO behind the event
        ("E1 B1 E1", "1", True),  # before it
        ("B1 B1 E1 E1", "1", True),  # an event and its tone
        ("B0 E0 B0 E0 E0 E0", "00", True),
        ("B4 E4 B6 E4 E6 B2 E6 E2 E2", "462", True),
        ("B1 E1 - E1", "11", False),  # another press, much later, by INFO
    ],
)
def test_one_press_is_one_key(told: str, pressed: str, twice: bool) -> None:
    now = 0.0
    presses = Presses(lambda: now)
    for word in told.split():
        now += SECOND_WAY_S + 0.1 if word == "-" else 0.05
        if word[0] == "B":
            presses.begin(word[1])
        elif word[0] == "E":
            presses.end(word[1])
    assert ("".join(presses.pressed), presses.twice) == (pressed, twice)

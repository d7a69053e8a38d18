"""What is configured and leads nowhere, with the setting that mends it."""

from __future__ import annotations

import pytest

from agi.destinations.loader import HELPLINES_FILE, read_helplines
from agi.queues.schema import Operator, Operators
from agi.settings import CallSettings
from agi.trunks.loader import parse_trunks
from router.geo import load_places
from warroom.config.apply.dead_ends import find_dead_ends

TRUNK = """
[[trunk]]
name = "bsnl"
server = "192.0.2.10"
channels = 30
dids = {{ 181 = "181" }}
dials = {{ {dials} }}
"""
NO_PERSON = "nobody can be rung for callers who want a person (key 0) on 181"
NO_104 = "helpline 104 cannot be dialled from 181: no trunk dials 104"
BOTH = '108 = "108", 104 = "07552550104"'


@pytest.mark.parametrize(
    ("dials", "emergency", "staffed", "what"),
    [
        (BOTH, ("108",), True, []),
        (BOTH, ("108",), False, [NO_PERSON]),
        ('108 = "108"', ("108",), True, [NO_104]),
        (
            BOTH,
            (),
            True,
            ["no emergency line is rung for danger to life on 181: trunk bsnl dials 108, but calls.emergency is empty"],
        ),
        (
            "",
            ("112",),
            False,
            [
                "nobody can be rung for danger to life (key 9) on 181",
                NO_PERSON,
                "no emergency line is rung for danger to life on 181: calls.emergency is 112, and no trunk dials it",
                NO_104,
            ],
        ),
    ],
)
def test_dead_end_is_found(dials: str, emergency: tuple[str, ...], staffed: bool, what: list[str]) -> None:
    operators = Operators(operator=(Operator(id="101", name="Asha"),) if staffed else ())
    found = find_dead_ends(
        read_helplines(HELPLINES_FILE, load_places()),
        parse_trunks(TRUNK.format(dials=dials), "trunks.toml"),
        CallSettings(emergency=emergency),
        operators,
    )
    assert [one.what for one in found] == what
    assert all("warroom apply" in one.mend and one.what_hi for one in found)

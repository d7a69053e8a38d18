"""The trunk of a test call: found among those in force, and told how to make where there is none."""

from __future__ import annotations

import pytest

from agi.trunks.schema import LOOPBACK, Trunk, Trunks
from warroom.services.loopback_line import LoopbackLine, NoLoopbackLineError, find_loopback_line

ABROAD = Trunk(name="bsnl", server="192.0.2.10", channels=2, dids={"07554000181": "181"})
NEAR = Trunk(
    name="lab", server="192.0.2.20", match=("127.0.3.0/28",), channels=2,
    dids={"07552770104": "104", "07552770181": "181"},
)  # fmt: skip


def test_a_stack_without_trunks_has_its_own() -> None:
    assert find_loopback_line(LOOPBACK) == LoopbackLine("loopback", "127.0.1.181", "181")


def test_a_trunk_of_this_machine_is_found_among_the_admins() -> None:
    trunks = Trunks(trunk=(ABROAD, NEAR))
    assert find_loopback_line(trunks) == LoopbackLine("lab", "127.0.3.1", "07552770181")
    assert find_loopback_line(trunks, "7552770104") == LoopbackLine("lab", "127.0.3.1", "7552770104")
    assert find_loopback_line(trunks, "999").did == "999"  # dialled, and refused with 404


def test_without_one_the_error_says_what_to_add() -> None:
    with pytest.raises(NoLoopbackLineError, match=r'trunks\.toml: \[\[trunk\]\] name = "loopback"'):
        find_loopback_line(Trunks(trunk=(ABROAD,)))

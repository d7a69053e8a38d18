"""Where a simulation may run."""

from __future__ import annotations

import pytest

from agi.trunks.loader import parse_trunks
from agi.trunks.schema import LOOPBACK
from warroom.services.sim.stage import OutsideTrunkError, check_no_outside, is_loopback


def test_simulation_is_refused_where_a_trunk_leads_outside() -> None:
    check_no_outside(LOOPBACK)
    text = """
[[trunk]]
name = "inside"
server = "127.0.1.181:5070"
channels = 2
dids = { 181 = "181" }

[[trunk]]
name = "bsnl"
server = "192.0.2.10"
channels = 2
dids = { 104 = "104" }
"""
    with pytest.raises(OutsideTrunkError, match="trunk bsnl leads to the telephone network"):
        check_no_outside(parse_trunks(text, "trunks.toml"))


def test_loopback_addresses_are_this_machines_own() -> None:
    hosts = ("127.0.0.1", "127.9.9.9", "::1", "localhost", "192.0.2.10", "sip.example.net")
    assert [is_loopback(host) for host in hosts] == [True, True, True, True, False, False]

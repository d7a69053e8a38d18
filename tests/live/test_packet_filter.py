"""The rules of deploy/nftables with the addresses of trunks in their sets, as `warroom apply` puts them there."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from agi.trunks.loader import parse_trunks
from tests.support.firewall import NFT
from warroom.config.apply.packet_filter import FILE, load_networks, write_networks
from warroom.config.paths import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root filters packets")

RULES = PROJECT / "deploy" / "nftables" / "warroom.nft"
EXAMPLE = (PROJECT / "deploy" / "trunks" / "ip-authentication.toml").read_text("utf-8")
OVERLAPPING = EXAMPLE.replace('"192.0.2.64/28"]', '"192.0.2.0/28", "2001:db8:5::/48"]')


def in_own_network(script: str, *words: str) -> str:
    """Run a script in a network of its own, where no rule meets anybody's packets."""
    ended = subprocess.run(
        ["unshare", "--net", "sh", "-ec", script, "sh", *words], text=True, capture_output=True, check=False, timeout=20
    )
    if "not permitted" in ended.stderr:
        pytest.skip("this machine lets us filter no packets")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def sets_of(listed: str) -> dict[str, list[Any]]:
    found = [one["set"] for one in json.loads(listed)["nftables"] if "set" in one]
    return {one["name"]: [_text(element) for element in one.get("elem", [])] for one in found}


def _text(element: Any) -> str:
    prefix = element.get("prefix") if isinstance(element, dict) else None
    return f"{prefix['addr']}/{prefix['len']}" if prefix else str(element)


@pytest.mark.parametrize(
    ("trunks", "v4", "v6"),
    [(EXAMPLE, ["192.0.2.10", "192.0.2.64/28"], []), (OVERLAPPING, ["192.0.2.0/28"], ["2001:db8:5::/48"])],
)
def test_sets_of_the_rules_hold_the_addresses_of_trunks(
    tmp_path: Path, trunks: str, v4: list[str], v6: list[str]
) -> None:
    rules = tmp_path / "warroom.nft"
    rules.write_text(RULES.read_text("utf-8").replace("/srv/warroom/", f"{tmp_path}/"), "utf-8")
    listed = in_own_network(f"{NFT} -f {rules} && {NFT} -j list table inet warroom")
    assert sets_of(listed)["trunks"] == [], "without a file yet the rules load"
    path = write_networks(tmp_path, parse_trunks(trunks, "trunks.toml"))
    for how in (f"{NFT} -f {rules}", f"{NFT} -f {rules}; {NFT} -f {path}; {NFT} -f {path}"):  # a start; `apply`, twice
        found = sets_of(in_own_network(f"{how}; {NFT} -j list table inet warroom"))
        assert (found["trunks"], found["trunks_v6"]) == (v4, v6)
        assert found["media"] == ["192.0.2.0/24"], "the admin's own stay"


def test_machine_without_our_table_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_networks(tmp_path, parse_trunks(EXAMPLE, "trunks.toml"))
    monkeypatch.setattr("warroom.config.apply.packet_filter.TABLE", "inet warroom_not_there")
    assert load_networks(path) == ""
    assert (path.name, path.stat().st_mode & 0o777) == (FILE, 0o600)

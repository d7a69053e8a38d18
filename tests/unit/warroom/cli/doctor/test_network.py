"""What `warroom doctor` says of what faces the network."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from warroom.cli.doctor import network
from warroom.cli.doctor.finding import DoctorFinding
from warroom.cli.doctor.network import facing_the_network
from warroom.config.settings import load_settings
from warroom.monitoring.asterisk_release import own_release

if TYPE_CHECKING:
    from pathlib import Path

INSTALLED = "Status: install ok installed\n"
DPKG = f"Package: asterisk\n{INSTALLED}Version: 1:22.1-1\nArchitecture: amd64\nMaintainer: x\nDescription: x\n"


def found(data: Path, settings: str = "") -> dict[str, DoctorFinding]:
    (data / "settings.toml").write_text(settings)
    return {finding.part: finding for finding in facing_the_network(data, load_settings(data))}


@pytest.mark.parametrize(
    ("bind", "state"),
    [("0.0.0.0", "warning"), ("::", "warning"), ("8.8.8.8", "warning"), ("10.0.0.5", "ok"), ("127.0.0.1", "ok")],
)
def test_public_sip_address_is_named(tmp_path: Path, bind: str, state: str) -> None:
    assert found(tmp_path, f'[calls]\nsip_bind = "{bind}"\n')["reach of SIP"].state == state


def test_huge_log_is_named(tmp_path: Path) -> None:
    (tmp_path / "asterisk-log").mkdir()
    assert found(tmp_path)["logs"].state == "ok"
    with (tmp_path / "asterisk-log" / "security.1").open("wb") as log:
        log.truncate(network.LARGE_LOG + 1)
    assert "security.1" in found(tmp_path)["logs"].what
    assert found(tmp_path)["logs"].state == "wrong"


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        ('[api]\nhost = "0.0.0.0"\n', "HTTP name"),
        ('[api]\nproxies = ["192.0.2.1/32"]\n', "HTTP name"),
        ('[router.open311]\npublic_url = "https://x.example"\n', "HTTP proxies"),
        ('[api]\nproxies = ["192.0.2.1/32"]\n[router.open311]\npublic_url = "https://x.example"\n', ""),
        ("", ""),
    ],
)
def test_public_name_and_proxy_belong_together(tmp_path: Path, lines: str, part: str) -> None:
    assert [one for one in found(tmp_path, lines) if one.startswith("HTTP")] == [part] * bool(part)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("listener 8884\nallow_anonymous false\npassword_file /x/passwd\nacl_file /x/acl\n", "ok"),
        ("listener 8884\npassword_file /x/passwd\n", "wrong"),
        ("listener 8884\nallow_anonymous true\n", "wrong"),
        ("listener 1\npassword_file /x\nacl_file /x\n\n  listener 2\n# acl_file /x\npassword_file /x\n", "wrong"),
    ],
)
def test_own_listener_without_our_rules_is_named(tmp_path: Path, text: str, state: str) -> None:
    (tmp_path / "mosquitto" / "local").mkdir(parents=True)
    (tmp_path / "mosquitto" / "local" / "screens.conf").write_text(text)
    assert found(tmp_path)["broker local/screens.conf"].state == state


def test_release_of_the_private_copy_is_read_without_a_network(tmp_path: Path) -> None:
    assert own_release(tmp_path) is None
    for folder in ("var/lib/dpkg", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "etc/apt"):
        (tmp_path / folder).mkdir(parents=True)
    status = tmp_path / "var/lib/dpkg/status"
    status.write_text(DPKG)
    release = own_release(tmp_path)
    assert release is not None
    assert (release.installed, release.newer, release.old, release.asked) == ("1:22.1-1", False, False, None)
    long_ago = (datetime.now(UTC) - timedelta(days=60)).timestamp()
    os.utime(status, (long_ago, long_ago))
    aged = own_release(tmp_path)
    assert aged is not None
    assert aged.old
    (tmp_path / "var/lib/apt/asked").touch()
    asked = own_release(tmp_path)
    assert asked is not None
    assert not asked.old
    lists = tmp_path / "var/lib/apt/lists" / "deb.example_dists_forky_main_binary-amd64_Packages"
    lists.write_text(DPKG.replace("1:22.1-1", "1:22.2-1").replace(INSTALLED, "Filename: x\nSize: 1\n"))
    (tmp_path / "etc/apt/sources.list").write_text("deb [arch=amd64 trusted=yes] http://deb.example forky main\n")
    newer = own_release(tmp_path)
    assert newer is not None
    assert (newer.candidate, newer.newer) == ("1:22.2-1", True)

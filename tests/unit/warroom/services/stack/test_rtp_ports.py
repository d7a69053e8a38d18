"""Ports for sound: each stack of a machine has a range of its own, and stays with it."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from agi.settings import CallSettings
from warroom.cli.doctor.rtp import sound_ports as finding
from warroom.config.paths import DataDirectory
from warroom.config.settings import Settings
from warroom.services.stack import rtp_ports
from warroom.services.stack.rtp_ports import (
    RtpPortsError,
    SoundClaim,
    SoundPorts,
    held_ranges,
    own_ports_of_linux,
    sound_of,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("sound-ports")  # one at a time: all see the same ranges
HOST = "127.0.7.1"
"""An address that no other test's sound goes to."""


@pytest.fixture
def make(tmp_path_factory):
    """Return a function that makes a stack, of a data directory of its own unless one is given; all are ended."""
    with contextlib.ExitStack() as held:

        def of(host: str = HOST, data: Path | None = None, **calls: object) -> tuple[Path, SoundClaim]:
            if data is None:
                data = tmp_path_factory.mktemp("data")
                (data / "run").mkdir()
                (data / "asterisk" / "generated").mkdir(parents=True)
            claim = SoundClaim(data, settings(host, **calls))
            held.callback(claim.release)
            return data, claim

        yield of


@pytest.fixture(autouse=True)
def low(monkeypatch):
    """Linux gives ports as it does unless told otherwise, whatever this machine does."""
    monkeypatch.setattr(rtp_ports, "own_ports_of_linux", lambda: [SoundPorts(32768, 60999)])


def settings(host: str = HOST, **calls: object) -> Settings:
    return Settings(calls=CallSettings.model_validate({"sip_bind": host, **calls}))


def written(data: Path) -> str:
    return (data / "asterisk" / "generated" / "rtp_ports.conf").read_text()


def test_first_stack_has_the_range_of_the_documents_and_the_next_another(make) -> None:
    data, claim = make()
    assert claim.take() == SoundPorts(10000, 14999)
    assert written(data) == "rtpstart = 10000\nrtpend = 14999\n"
    assert make()[1].take() == SoundPorts(15000, 19999)


def test_range_is_the_same_after_a_restart_whoever_has_gone(make) -> None:
    _, first = make()
    data, second = make()
    first.take()
    chosen = second.take()
    first.release()
    second.release()
    assert make(data=data)[1].take() == chosen == sound_of(data, settings())


def test_range_moves_when_another_stack_has_it_and_says_so(make, caplog) -> None:
    data, claim = make()
    claim.take()
    claim.release()
    make(rtp_first=12000, rtp_last=17999)[1].take()
    assert claim.take() == SoundPorts(20000, 24999)
    assert "from UDP ports 10000-14999 to 20000-24999" in caplog.text
    assert sound_of(data, settings()) == SoundPorts(20000, 24999)


def test_named_range_that_another_stack_has_is_refused_in_one_line(make) -> None:
    other, claim = make()
    claim.take()
    with pytest.raises(RtpPortsError) as caught:
        make(rtp_first=14000, rtp_last=18999)[1].take()
    told = str(caught.value)
    for word in ("rtp_first..rtp_last", "14000-18999", str(other)[-35:], "10000-14999"):
        assert word in told
    assert "\n" not in told


@pytest.mark.parametrize("host", ["127.0.7.2", "::1"])
def test_named_range_is_free_at_another_address(make, host: str) -> None:
    make()[1].take()
    assert make(host, rtp_first=10000)[1].take() == SoundPorts(10000, 14999)


def test_all_addresses_are_every_address(make) -> None:
    everywhere = make("0.0.0.0")[1].take()
    assert not make()[1].take().meets(everywhere)


def test_range_goes_with_the_process_that_held_it(make) -> None:
    _, claim = make()
    claim.take()
    assert [held.ports for held in held_ranges() if held.host == HOST] == [SoundPorts(10000, 14999)]
    claim.release()
    assert [held for held in held_ranges() if held.host == HOST] == []


def test_range_avoids_its_own_parts_and_what_is_full_of_others(make) -> None:
    with contextlib.ExitStack() as held:
        for port in range(11001, 11603, 2):  # 301 pairs of 500, and 100 calls need 200
            held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind((HOST, port))
        assert make(max_calls=100, agi_port=10500)[1].take() == SoundPorts(12000, 12999)


def test_small_system_takes_a_small_range_and_a_large_one_what_it_needs(make) -> None:
    assert make(max_calls=100)[1].take() == SoundPorts(10000, 10999)
    assert make(max_calls=1)[1].take() == SoundPorts(11000, 11499)
    assert make(max_calls=2000)[1].take() == SoundPorts(18000, 25999)


def test_range_kept_is_left_when_more_calls_are_wanted(make) -> None:
    data, claim = make(max_calls=100)
    claim.take()
    claim.release()
    assert make(data=data, max_calls=300)[1].take() == SoundPorts(10000, 12499)


def test_ports_of_linux_are_taken_when_no_others_are_left(make, monkeypatch) -> None:
    monkeypatch.setattr(rtp_ports, "own_ports_of_linux", lambda: [SoundPorts(32768, 65535)])
    make(rtp_first=10000, rtp_last=32767)[1].take()
    assert make()[1].take() == SoundPorts(35000, 39999)


def test_nothing_free_is_said_with_who_has_it(make) -> None:
    other, claim = make(rtp_first=10000, rtp_last=65535)
    claim.take()
    with pytest.raises(RtpPortsError, match="no 2400 UDP ports") as caught:
        make()[1].take()
    assert str(other)[-35:] in str(caught.value)


@pytest.mark.parametrize("text", ["", "x", "10000", "10001-15000", "14999-10000", "10000-99999", "10000-14998"])
def test_kept_range_that_is_none_is_chosen_anew(make, text: str) -> None:
    data, claim = make()
    DataDirectory(data).sound_ports.write_text(text)
    assert claim.take() == SoundPorts(10000, 14999)
    assert DataDirectory(data).sound_ports.read_text() == "10000-14999\n"


@pytest.mark.parametrize(
    ("reserved", "ranges"),
    [
        ("", [(32768, 60999)]),
        ("40000-44999", [(32768, 39999), (45000, 60999)]),
        ("32768-60999", []),
        ("8080,30000-33000,60999", [(33001, 60998)]),
    ],
)
def test_ports_of_linux_are_less_what_an_admin_keeps_back(tmp_path, monkeypatch, reserved, ranges) -> None:
    (tmp_path / "ip_local_port_range").write_text("32768\t60999\n")
    (tmp_path / "ip_local_reserved_ports").write_text(f"{reserved}\n")
    monkeypatch.setattr(rtp_ports, "_KERNEL", tmp_path)
    assert own_ports_of_linux() == ranges


def test_doctor_shows_the_range_and_what_is_wrong_with_it(make, monkeypatch) -> None:
    data, claim = make()
    claim.take()
    found = finding(data, settings())
    assert (found.state, found.what) == ("ok", "UDP ports 10000-14999, chosen by the start, and kept")
    other, _ = make()
    assert (finding(other, settings(rtp_first=10000)).state) == "wrong"
    monkeypatch.setattr("warroom.cli.doctor.rtp.own_ports_of_linux", lambda: [SoundPorts(32768, 60999)])
    found = finding(other, settings(rtp_first=40000, rtp_last=44999))
    assert (found.state, found.mend[:53]) == ("warning", "sysctl net.ipv4.ip_local_reserved_ports=40000-44999, ")

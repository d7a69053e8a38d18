"""Ports: one that is taken is named, and one that another process holds is not ours."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.ports import free_ports
from warroom.services.stack.ports import Port, check_free, not_held
from warroom.services.stack.processes import StackError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.services.stack.ports import Kind


def port(number: int, kind: Kind, host: str = "127.0.0.1") -> Port:
    """A port of SIP."""
    return Port("asterisk", "SIP", host, number, kind, "calls.sip_port")


@pytest.fixture(params=["udp", "tcp"])
def taken(request: pytest.FixtureRequest) -> Iterator[Port]:
    """A port that this process listens on."""
    kind = request.param
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as held:
        held.bind(("127.0.0.1", 0))
        if kind == "tcp":
            held.listen()
        yield port(held.getsockname()[1], kind)


def test_taken_port_is_named_with_part_setting_and_how_to_find_who_has_it(taken: Port) -> None:
    with pytest.raises(StackError) as caught:
        check_free([taken])
    for word in (
        "asterisk",
        "SIP",
        f"127.0.0.1:{taken.number}",
        taken.kind.upper(),
        "calls.sip_port",
        f"process {os.getpid()}",
    ):
        assert word in str(caught.value)


def test_port_taken_on_every_address_is_found_for_one_of_them() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("0.0.0.0", 0))
        one = port(held.getsockname()[1], "udp")
        with pytest.raises(StackError):
            check_free([one])
        assert not_held([one], [os.getpid()]) == []


@pytest.mark.parametrize("host", ["203.0.113.9", "no.such.name.invalid"])
def test_address_of_another_machine_says_which_setting(host: str) -> None:
    with pytest.raises(StackError, match=r"calls\.sip_port"):
        check_free([port(free_ports(1)[0], "udp", host)])


def test_port_is_held_by_the_process_that_listens_and_by_no_other(taken: Port) -> None:
    (free,) = free_ports(1)
    assert not_held([taken, port(free, taken.kind)], [os.getpid()]) == [port(free, taken.kind)]
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert not_held([taken], [child.pid]) == [taken]
    finally:
        child.communicate(b"\n")


def test_port_is_held_by_one_of_several() -> None:
    (free,) = free_ports(1)
    listen = f"import socket; s = socket.create_server(('127.0.0.1', {free})); print(flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", listen], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout
        child.stdout.readline()
        assert not_held([port(free, "tcp")], [os.getpid(), child.pid]) == []
    finally:
        child.communicate(b"\n")

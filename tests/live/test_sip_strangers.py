"""SIP over TCP is open to strangers only where a line of ours may come by it."""

from __future__ import annotations

import re
import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from agi.trunks.asterisk_config import TCP, TCP_TEXT
from tests.live.conftest import LiveStack, make_data
from tests.support.trunk_files import LOOPBACK
from warroom.config.apply.trunk_apply import plan_trunks
from warroom.config.apply.trunks import check_trunks

if TYPE_CHECKING:
    from pathlib import Path

BY_TCP = (
    LOOPBACK
    + '[[trunk]]\nname = "wire"\nserver = "127.0.7.1"\ntransport = "tcp"\nchannels = 2\ndids = { 181 = "181" }\n'
)
TELEPHONE = '[[operator]]\nid = "301"\nname = "At home"\nkind = "softphone"\ntransport = "{}"\n'


def test_tcp_is_closed_where_no_line_comes_by_it(stack: LiveStack) -> None:
    assert re.findall(r"transport-(\w+)", stack.asterisk("pjsip show transports")) == ["udp", "ws"]  # ws: on loopback
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(stack.sip, 2)


@pytest.mark.parametrize(
    ("trunks", "operators", "bound"),
    [(LOOPBACK, "", False), (BY_TCP, "", True), (LOOPBACK, TELEPHONE.format("any"), True)],
)
def test_tcp_is_bound_for_a_trunk_or_a_telephone(trunks: str, operators: str, bound: bool) -> None:
    data, _ = make_data(trunks=trunks, operators=operators)
    try:
        assert text_of(data) == (TCP_TEXT if bound else "")
    finally:
        shutil.rmtree(data)


def test_first_trunk_by_tcp_needs_a_restart() -> None:
    data, settings = make_data()
    try:
        (data / "trunks.toml").write_text(BY_TCP)
        assert plan_trunks(data, check_trunks(data, settings.calls)).restart
        (data / "asterisk" / "generated" / TCP).write_text(TCP_TEXT)
        assert not plan_trunks(data, check_trunks(data, settings.calls)).restart
    finally:
        shutil.rmtree(data)


def text_of(data: Path) -> str:
    return (data / "asterisk" / "generated" / TCP).read_text()

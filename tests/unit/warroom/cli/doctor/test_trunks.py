"""Which trunks doctor warns of: calls by UDP from the internet may be forged."""

from __future__ import annotations

import pytest

from agi.trunks.schema import Trunk
from warroom.cli.doctor.trunks import may_be_forged


@pytest.mark.parametrize(
    ("server", "transport", "told"),
    [
        ("8.8.4.4", "udp", True),
        ("8.8.4.4:5080", "udp", True),
        ("8.8.4.4", "tls", False),
        ("8.8.4.4", "tcp", False),
        ("10.1.2.3:5060", "udp", False),
        ("127.0.1.181", "udp", False),
    ],
)
def test_udp_from_the_internet_is_told(server: str, transport: str, told: bool) -> None:
    trunk = Trunk.model_validate(
        {"name": "bsnl", "server": server, "transport": transport, "channels": 30, "dids": {"181": "181"}}
    )
    assert may_be_forged(trunk) is told

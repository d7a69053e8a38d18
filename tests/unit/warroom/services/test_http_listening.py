"""The socket of the HTTP interface, and who counts as one sender."""

from __future__ import annotations

import asyncio
import socket

import pytest

from router.intake.source import UNREADABLE, source
from warroom.config.api_settings import ApiSettings
from warroom.services.http import listening


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_answer_does_not_wait_for_an_acknowledgement(host: str) -> None:
    """Each connection has TCP_NODELAY, whichever family."""
    accepted: asyncio.Future[asyncio.BaseTransport] = asyncio.get_running_loop().create_future()

    class Seen(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.set_result(transport)

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    with listening(ApiSettings(host=host, port=port)) as listener:
        server = await asyncio.get_running_loop().create_server(Seen, sock=listener)
        _, writer = await asyncio.open_connection(host, port)
        transport = await accepted
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
        transport.close()
        server.close()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", UNREADABLE),
        ("unknown", UNREADABLE),
        ("192.0.2.7.evil", UNREADABLE),
        ("१९२.०.२.७", UNREADABLE),
    ],
)
def test_sender_is_what_a_customer_cannot_choose_freely(address: str, counted: str) -> None:
    assert source(address) == counted

"""The socket of the HTTP interface, and its server as a component."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from fastapi import APIRouter

from tests.support.brokers import until
from tests.support.ports import free_ports
from warroom.config.api_settings import ApiSettings
from warroom.http.server import HttpServerComponent, listening, make_app


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


class Slow:
    """Answers one path, when it is told to."""

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/slow", self.answer)
        return router

    async def answer(self) -> str:
        self.asked.set()
        await self.may_answer.wait()
        return "done"


async def test_a_request_in_hand_is_answered_before_the_server_ends() -> None:
    slow, settings = Slow(), ApiSettings(port=free_ports(1)[0])
    with listening(settings) as listener:
        server = HttpServerComponent(settings, listener, make_app([slow]))
        (work,) = server.background()
        serving = asyncio.create_task(work)
        await server.wait_answering()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}") as client:
            asking = asyncio.create_task(client.get("/slow"))
            await slow.asked.wait()
            serving.cancel()
            await until(lambda: _refused(settings.port))
            slow.may_answer.set()
            assert (await asking).json() == "done"
        with pytest.raises(asyncio.CancelledError):
            await serving


def _refused(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0

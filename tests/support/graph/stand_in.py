"""The Graph API of `warroom.services.sim.whatsapp`, with faults that are told it beforehand."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import Response

from tests.support.http_app import serving
from warroom.services.sim.whatsapp.graph_server import GraphServer, refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.types import Receive, Scope, Send

TOKEN = "token-of-a-test"
ACCOUNT = "106540352242922"


@dataclass
class Refuse:
    """An error in Meta's form, or one of a proxy's without."""

    status: int
    code: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    taken: bool = False
    """Whether the message was taken all the same: an answer that was lost on its way."""


@dataclass
class Cut:
    """The connection ends in the middle of the answer."""


@dataclass
class Slow:
    """No answer until `over` is set."""

    over: asyncio.Event = field(default_factory=asyncio.Event)


Fault = Refuse | Cut | Slow


class StandInGraph(GraphServer):
    """Does what is in `faults`, one a request, before it answers as Meta does; `requests` are counted by path."""

    def __init__(self, version: str = "v25.0", url: str = "http://127.0.0.1") -> None:
        super().__init__(frozenset({ACCOUNT}), version, TOKEN, url)
        self.faults: deque[Fault] = deque()
        self.requests: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.requests.append(f"{scope['method']} {scope['path']}")
        fault = self.faults.popleft() if self.faults else None
        match fault:
            case Refuse():
                if fault.taken:
                    await super().__call__(scope, receive, _nowhere)
                answer = Response("upstream", fault.status)
                if fault.code is not None:
                    answer = refusal(fault.status, fault.code, "a fault of the test")
                answer.headers.update(fault.headers)
                await answer(scope, receive, send)
            case Cut():
                headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": b'{"messages": [', "more_body": True})
            case Slow():
                await fault.over.wait()
            case None:
                await super().__call__(scope, receive, send)


async def _nowhere(_message: object) -> None:
    pass


@contextlib.asynccontextmanager
async def served(graph: GraphServer, port: int = 0) -> AsyncIterator[str]:
    """Serve it on a port of loopback; yields its address, which it names in those of media too."""
    async with serving(graph, port, log_level="critical") as bound:
        graph.url = f"http://127.0.0.1:{bound}"
        yield graph.url

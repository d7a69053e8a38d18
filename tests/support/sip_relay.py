"""The relay of browsers' telephones in front of a test stack, with sessions that the test gives, and SIP by hand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi import FastAPI
from websockets.asyncio.client import connect

from board.accounts.identity import Identity, Role
from tests.support.brokers import WAIT_S
from tests.support.http_app import serving
from tests.support.operators import authorized
from tests.support.ports import free_ports
from warroom.config.apply.operators import password_of
from warroom.services.browser_telephones import make_relay
from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import HTTPConnection
    from websockets.asyncio.client import ClientConnection

    from tests.live.conftest import LiveStack


@dataclass
class Sessions:
    """A person signed in for each value of the cookie ``who``."""

    people: dict[str, Identity] = field(default_factory=dict)

    def sign_in(self, operator: str | None, role: Role = Role.OPERATOR) -> str:
        who = f"{role.value}-{operator}-{sip.token()}"
        self.people[who] = Identity(who, who, role, None, operator, who)
        return who

    def revoke(self, who: str) -> None:
        del self.people[who]

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        return self.people.get(connection.cookies.get("who", ""))

    async def valid(self, identity: Identity) -> bool:
        return identity.session in self.people


@dataclass
class RelayAt:
    """A relay that runs."""

    stack: LiveStack
    sessions: Sessions
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def telephone(
        self, operator: str, *, who: str | None = None, origin: str | None = None
    ) -> AsyncIterator[WireTelephone]:
        """Open the WebSocket as a browser of this person does."""
        who = self.sessions.sign_in(operator) if who is None else who
        async with connect(
            f"ws://127.0.0.1:{self.port}/operator/sip",
            subprotocols=["sip"],
            origin=origin or self.origin,
            additional_headers={"Cookie": f"who={who}"},
            proxy=None,
        ) as wire:
            telephone = WireTelephone(self.stack, operator, wire)
            reading = asyncio.create_task(telephone.read())
            try:
                yield telephone
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


class WireTelephone:
    """SIP over a WebSocket, written by hand: it signs in, and answers OPTIONS."""

    def __init__(self, stack: LiveStack, operator: str, wire: ClientConnection) -> None:
        self.wire = wire
        self.id = operator
        self.user = f"operator-{operator}"
        self._word = password_of(stack.data, operator)
        self._answers: asyncio.Queue[sip.SipMessage] = asyncio.Queue()
        self.invites: asyncio.Queue[sip.SipMessage] = asyncio.Queue()
        self.answers_options = True

    async def read(self) -> None:
        async for text in self.wire:
            message = sip.SipMessage.parse(str(text).encode())
            if message.status:
                self._answers.put_nowait(message)
            elif message.method == "OPTIONS" and self.answers_options:
                await self.reply(message, "200 OK")
            elif message.method == "INVITE":
                self.invites.put_nowait(message)

    async def sign_in(
        self, *, contact: str = "k2j3h4@x.invalid;transport=ws", user: str = "", expires: int = 600
    ) -> int:
        """Register; return the status of the last answer."""
        user, uri, authorization = user or self.user, "sip:warroom", ""
        call_id, tag = sip.token(), sip.token()
        for cseq in (1, 2):
            lines = [
                f"REGISTER {uri} SIP/2.0",
                f"Via: SIP/2.0/WS x.invalid;branch=z9hG4bK{sip.token()}",
                "Max-Forwards: 70",
                f"From: <sip:{user}@warroom>;tag={tag}",
                f"To: <sip:{user}@warroom>",
                f"Call-ID: {call_id}",
                f"CSeq: {cseq} REGISTER",
                f"Contact: <sip:{contact}>",
                f"Expires: {expires}",
                *filter(None, [authorization]),
                "Content-Length: 0",
            ]
            await self.wire.send("\r\n".join([*lines, "", ""]))
            async with asyncio.timeout(WAIT_S):
                answer = await self._answers.get()
            if answer.status != 401:
                break
            authorization = authorized(answer, user, self._word, "REGISTER", uri)
        return answer.status

    async def reply(self, request: sip.SipMessage, status: str) -> None:
        """Answer a request without a body."""
        kept = [
            f"{name}: {value}"
            for name in ("Via", "From", "To", "Call-ID", "CSeq")
            for value in request.all(name.lower())
        ]
        await self.wire.send("\r\n".join([f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""]))

    async def cut_with(self) -> int | None:
        """Wait until the other side ends it; return its close code."""
        async with asyncio.timeout(WAIT_S):
            await self.wire.wait_closed()
        return self.wire.close_code


@asynccontextmanager
async def relay_at(
    stack: LiveStack, *, port: int = 0, sessions: Sessions | None = None, more: Callable[[FastAPI], None] | None = None
) -> AsyncIterator[RelayAt]:
    """Run the relay in front of a stack."""
    sessions = sessions or Sessions()
    port = port or free_ports(1)[0]
    app = FastAPI()
    app.include_router(make_relay(stack.data, stack.settings.calls.http_port, sessions, ()).router())
    if more is not None:
        more(app)
    async with serving(app, port, ws="websockets-sansio"):
        yield RelayAt(stack, sessions, port)

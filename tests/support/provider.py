"""A provider of lines: takes calls like `Citizens`, is asked whether it is there, lets an account register."""

from __future__ import annotations

import asyncio
import hashlib
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.support.citizens import Citizens
from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NONCE = "5f2d"
REALM = "provider"


def digest(
    user: str, password: str, method: str, uri: str, *, realm: str = REALM, nonce: str = NONCE, by: str = "md5"
) -> str:
    """The response of RFC 2617 3.2.2 without qop; by another algorithm, of RFC 8760."""
    first, second = (
        hashlib.new(by, text.encode()).hexdigest() for text in (f"{user}:{realm}:{password}", f"{method}:{uri}")
    )
    return hashlib.new(by, f"{first}:{nonce}:{second}".encode()).hexdigest()


class Provider(Citizens):
    """The far end of a trunk, with one account."""

    def __init__(self) -> None:
        super().__init__()
        self.user, self.password = "", ""
        self.registered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.SipMessage.parse(data)
        if message.method == "OPTIONS" and not message.status:
            self.send(sip.answer(message, "200 OK"), addr)
        elif message.method == "REGISTER" and not message.status:
            self._register(message, addr)
        else:
            super().datagram_received(data, addr)

    async def redirects(self, number: str, to: str, stack_sip: tuple[str, int]) -> None:
        """Ring, and say that somebody else should be called."""
        answer = sip.answer(await self.rings(number), "302 Moved Temporarily")
        self.send(answer.replace(b"Content-Length", f"Contact: <{to}>\r\nContent-Length".encode()), stack_sip)

    def _register(self, message: sip.SipMessage, addr: tuple[str, int]) -> None:
        given = dict(re.findall(r'(\w+)="([^"]*)"', message.get("authorization")))
        known = digest(self.user, self.password, "REGISTER", given.get("uri", ""))
        if (given.get("username"), given.get("response")) == (self.user, known):
            contact = message.get("contact")
            answer = sip.answer(message, "200 OK")
            self.send(answer.replace(b"Content-Length", f"Contact: {contact}\r\nContent-Length".encode()), addr)
            if not self.registered.done():
                self.registered.set_result(re.findall(r"<(sip:[^>]+)>", contact)[0])
            return
        ask = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5\r\nContent-Length'
        self.send(sip.answer(message, "401 Unauthorized").replace(b"Content-Length", ask.encode()), addr)


@asynccontextmanager
async def provider_at(host: str, port: int) -> AsyncIterator[Provider]:
    """The far end of a trunk."""
    loop = asyncio.get_running_loop()
    transport, provider = await loop.create_datagram_endpoint(Provider, local_addr=(host, port))
    try:
        yield provider
    finally:
        transport.close()
        await asyncio.sleep(0)  # the socket is closed by the loop: the next test has the address at once

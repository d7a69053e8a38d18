"""A mail server and a webhook's receiver, as small as the protocols let them be."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage


@dataclass
class MailServer:
    """Takes mails by SMTP (RFC 5321) without encryption; while ``refuses``, answers each MAIL with 451.

    Attributes:
        port: Where.
        mails: What was taken, each with its recipients in ``To``.
    """

    port: int = 0
    refuses: bool = False
    mails: list[EmailMessage] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            writer.write(b"220 test\r\n")
            while line := await reader.readline():
                word = line[:4].upper().strip()
                if word == b"DATA":
                    writer.write(b"354 go on\r\n")
                    text = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                    self.mails.append(email.message_from_bytes(text, policy=email.policy.default))  # type: ignore[arg-type]
                    writer.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                else:
                    writer.write(b"451 later\r\n" if self.refuses and word == b"MAIL" else b"250 ok\r\n")


@dataclass
class WebhookReceiver:
    """Takes POSTs and answers ``status``.

    Attributes:
        port: Where.
        posts: Headers in lower case, body, and the body as JSON, of each that was answered 2xx.
    """

    port: int = 0
    status: int = 204
    posts: list[tuple[dict[str, str], bytes, dict[str, Any]]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[1:-1]
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
            body = await reader.readexactly(int(headers["content-length"]))
            writer.write(
                f"HTTP/1.1 {self.status} said\r\nContent-Length: 0\r\nLocation: /\r\nConnection: close\r\n\r\n".encode()
            )
            await writer.drain()
            if self.status < 300:
                self.posts.append((headers, body, json.loads(body)))


@contextlib.asynccontextmanager
async def receiving(receiver: MailServer | WebhookReceiver) -> AsyncIterator[None]:
    """Listen on loopback; on a free port, unless it has one."""
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", receiver.port)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()

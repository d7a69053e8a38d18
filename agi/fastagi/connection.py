"""One FastAGI connection: bytes in, lines out, one command at a time.

In the place of panoramisk's ``Request``: it bounds what it reads and how long it waits, keeps the
``HANGUP`` line apart from replies, and knows at every moment whether the call is still there.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, cast

from agi.fastagi.errors import (
    AgiCommandError,
    AgiTimeoutError,
    BadRequestError,
    CallerGoneError,
    CallError,
    CallMovedError,
)
from agi.fastagi.request import END, HEADER_TIMEOUT_S, MAX_HEADER, START, parse_request, read_request
from agi.fastagi.response import MAX_SHOWN_CHARS, code_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.fastagi.request import AgiRequest

MAX_REPLY: Final = 64 * 1024
"""Bytes of one reply, usage text included: a channel variable is at most 4 KiB in practice."""
MAX_TRYING: Final = 100
"""``100 Trying`` lines before a reply; Asterisk sends at most one a command."""


class ConnectionListener(Protocol):
    """Callbacks for the end of a connection."""

    def opened(self, wire: AgiConnection) -> None:
        """A connection came in; its header has not."""

    def requested(self, wire: AgiConnection, info: AgiRequest) -> None:
        """The header is complete and sound; raises `BadRequestError` if there is no such script."""

    def refused(self, wire: AgiConnection, why: str) -> None:
        """The connection was closed before it became a call."""

    def closed(self, wire: AgiConnection) -> None:
        """The connection is gone."""


class AgiConnection(asyncio.Protocol):
    """A connection from Asterisk.

    Attributes:
        moving: Set before an AMI Redirect; the end of the call is then `CallMovedError`.
        accepted: Whether a sound header has come.
    """

    __slots__ = (
        "_buffer",
        "_command",
        "_end",
        "_ending",
        "_owner",
        "_part",
        "_reply",
        "_timer",
        "_transport",
        "_trying",
        "accepted",
        "moving",
    )

    def __init__(self, owner: ConnectionListener) -> None:
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._part: list[str] = []  # lines of a reply that is not complete yet
        self._command = ""
        self._trying = 0
        self._reply: asyncio.Future[str | None] | None = None  # None: the call ended instead
        self._ending: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._end: Callable[[], CallError] | None = None
        self.accepted = False
        self.moving = False

    @property
    def ended(self) -> bool:
        """Whether the call is over for us."""
        return self._end is not None

    def why_ended(self) -> CallError:
        """The error every further command raises; made anew, as an error keeps its traceback."""
        return self._end() if self._end is not None else CallerGoneError()

    def hung_up(self) -> CallError:
        """Record that Asterisk reported a hang-up; returns the error to raise: gone, or moved."""
        self._finish(CallMovedError if self.moving else CallerGoneError)
        return self.why_ended()

    def close(self) -> None:
        """End the session from our side: the dialplan goes on at once."""
        self._finish(partial(AgiCommandError, "session", "it is over"))

    def refuse(self, why: str) -> None:
        """Close a connection that has not become a call; the owner writes the one log line."""
        if self._end is None:
            self._finish(partial(BadRequestError, why), abort=True)
            self._owner.refused(self, why)

    async def request(self, command: str, raw: bytes, limit_s: float) -> str:
        """Send a command and wait for its reply.

        Args:
            command: Its name, for errors.
            raw: The bytes of the command, line feed included.
            limit_s: Seconds until the connection is given up.

        Returns:
            The reply's one line; of a usage error, or a variable of several lines, all of them.

        Raises:
            CallerGoneError: The caller hung up.
            CallMovedError: The channel was moved.
            AgiTimeoutError: No reply in time.
            AgiCommandError: The line is not a valid reply; the connection is closed.
        """
        if self._end is not None or self._transport is None:
            raise self.why_ended()
        if self._reply is not None:
            raise AgiCommandError(command, f"not sent: {self._command} is still running on this call")
        loop = asyncio.get_running_loop()
        self._command, self._trying = command, 0
        self._reply = loop.create_future()
        timer = loop.call_later(limit_s, self._late, limit_s)
        self._transport.write(raw)
        try:
            line = await self._reply
        except asyncio.CancelledError:
            self._finish(partial(AgiCommandError, command, "given up before Asterisk answered"))
            raise
        finally:
            timer.cancel()
            self._reply = None
        if line is None:
            raise self.why_ended()
        return line

    async def ends_within(self, seconds: float) -> bool:
        """Wait for the end of the call, at which a reply has just hinted.

        Returns:
            Whether it came.
        """
        if self._end is None:
            self._ending = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._ending], timeout=seconds)
            self._ending = None
        return self._end is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio: start the header's clock."""
        self._transport = cast("asyncio.Transport", transport)
        late = f"its header did not come within {HEADER_TIMEOUT_S:.0f} s"
        self._timer = asyncio.get_running_loop().call_later(HEADER_TIMEOUT_S, self.refuse, late)
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio: header first, then lines."""
        if self._end is not None:
            return
        if not self.accepted:
            data = self._header(data)
            if not data or self._end is not None:
                return
        lines = (self._buffer + data).split(b"\n")
        self._buffer = lines.pop()
        for line in lines:
            self._line(line.decode("utf-8", "replace").removesuffix("\r"))
            if self._end is not None:
                return
        if len(self._buffer) + sum(map(len, self._part)) > MAX_REPLY:
            self._broken(f"more than {MAX_REPLY} bytes")

    def eof_received(self) -> None:
        """Called by asyncio: the peer closed the connection."""
        self._over()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Called by asyncio: nothing more will come."""
        self._over()
        self._owner.closed(self)

    def _over(self) -> None:
        if self.accepted:
            self.hung_up()
        else:
            self.refuse("it closed before its header was complete")

    def _header(self, data: bytes) -> bytes:
        """Parse a piece of the header; returns the bytes after its end."""
        self._buffer += data
        if not self._buffer.startswith(START[: len(self._buffer)]):
            self.refuse("it does not start as a FastAGI request does")
            return b""
        length = self._buffer.find(END)
        if length > MAX_HEADER or (length < 0 and len(self._buffer) > MAX_HEADER):
            self.refuse(f"its header is longer than {MAX_HEADER} bytes")
            return b""
        if length < 0:
            return b""
        raw, rest = self._buffer[:length], self._buffer[length + len(END) :]
        self._buffer = b""
        if self._timer is not None:
            self._timer.cancel()
        try:
            self._owner.requested(self, read_request(parse_request(raw)))
        except BadRequestError as error:
            self.refuse(str(error))
        else:
            self.accepted = True
        return rest

    def _line(self, line: str) -> None:
        if line == "HANGUP":
            self.hung_up()
        elif self._reply is None or self._reply.done():
            self._broken(f"a line that answers nothing: {line[:MAX_SHOWN_CHARS]}")
        elif self._part:
            self._part.append(line)
            whole = line.startswith("520 ") if self._part[0].startswith("520") else line.endswith(")")
            if whole:
                self._answer("\n".join(self._part))
                self._part = []
        elif line.startswith("100"):
            self._trying += 1
            if self._trying > MAX_TRYING:
                self._broken(f"more than {MAX_TRYING} times '100 Trying'")
        elif line.startswith("520-") or (line.startswith("200 result=1 (") and ")" not in line):
            self._part = [line]
        elif code_of(line) is None:
            self._broken(f"something that is no reply: {line[:MAX_SHOWN_CHARS]}")
        else:
            self._answer(line)

    def _answer(self, line: str) -> None:
        if self._reply is not None:
            self._reply.set_result(line)

    def _late(self, limit_s: float) -> None:
        self._finish(partial(AgiTimeoutError, self._command, limit_s), abort=True)

    def _broken(self, why: str) -> None:
        command = self._command or "before the first command"
        self._finish(partial(AgiCommandError, command, f"Asterisk sent {why}"), abort=True)

    def _finish(self, end: Callable[[], CallError], *, abort: bool = False) -> None:
        """End the call once: wake waiting commands, and close so that Asterisk's channel is not held."""
        if self._end is not None:
            return
        self._end = end
        if self._timer is not None:
            self._timer.cancel()
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(None)
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(None)
        if self._transport is not None:
            if abort:
                self._transport.abort()
            else:
                self._transport.close()

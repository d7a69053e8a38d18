"""The AMI wire format: reads whole messages, and writes actions that cannot be broken by their values.

Source: Asterisk's ``main/manager.c``: a greeting line, then messages of ``Key: Value`` lines that
end in CR LF, each message closed by an empty line.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, cast

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from agi.ami.errors import AmiBadValueError, AmiNotConnectedError

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

MAX_MESSAGE: Final = 64 * 1024
"""Bytes of one message; Asterisk's events are under 4 KiB. A longer message does not come from a manager."""
GREETING: Final = b"Asterisk Call Manager/"
_LINE: Final = b"\r\n"
_END: Final = b"\r\n\r\n"


class AmiProtocol(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's protocol, which drops split characters, resends actions and trusts values.

    Args:
        manager: panoramisk's manager, which receives the events.

    Attributes:
        lost: Done once the connection is gone; its result says why.
    """

    def __init__(self, manager: Any) -> None:
        self.factory = manager
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.responses: dict[str, Action] = {}
        self.log = log
        self.version: str | None = None
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self, data: Mapping[str, Any], as_list: bool | None = None) -> asyncio.Future[Any]:
        """Send an action.

        Args:
            data: Its keys and values; a value may be a list, for a key that is repeated.
            as_list: False: one answer; None: a list if Asterisk announces one.

        Returns:
            The answer's future; it fails with `AmiNotConnectedError` when the connection is lost.

        Raises:
            AmiBadValueError: A key or value holds CR, LF or NUL; nothing was sent.
            AmiNotConnectedError: The connection is gone.
        """
        refuse_bad_values(data)
        if self._transport is None or self.lost.done():
            msg = f"{data.get('Action')}: there is no link to Asterisk now"
            raise AmiNotConnectedError(msg)
        action = Action(dict(data), as_list=as_list)
        self.responses[action.id] = action
        self._transport.write(str(action).encode())
        return cast("asyncio.Future[Any]", action.future)

    def forget(self, future: asyncio.Future[Any]) -> None:
        """Expect no answer any more to the action of this future."""
        self.responses = {name: action for name, action in self.responses.items() if action.future is not future}

    def data_received(self, data: bytes) -> None:
        """Called by asyncio: cut into messages first, decode then."""
        if self.lost.done():
            return
        self._buffer += data
        if self.version is None and not self._greeted():
            return
        *messages, self._buffer = self._buffer.split(_END)
        for raw in messages:
            # from_line gives None for what is neither an event nor a response.
            message = Message.from_line(raw.decode("utf-8", "replace").strip())
            if message is not None and not self.lost.done():
                self.handle_message(message)
        if len(self._buffer) > MAX_MESSAGE:
            self._end(f"it sent a message of more than {MAX_MESSAGE} bytes")

    def _greeted(self) -> bool:
        line, found, rest = self._buffer.partition(_LINE)
        start = line[: len(GREETING)]
        if not GREETING.startswith(start) or (found and start != GREETING) or len(line) > MAX_MESSAGE:
            self._end("what listens there is not an Asterisk manager")
            return False
        if not found:
            return False
        self.version = line[len(GREETING) :].decode("ascii", "replace")
        self._buffer = rest
        return True

    def connection_lost(self, exc: Any) -> None:
        """Called by asyncio, and by panoramisk on the event Shutdown."""
        if isinstance(exc, Message):
            self._end("Asterisk is shutting down")
        elif exc is not None:
            self._end(f"the connection broke: {exc}")
        else:
            self._end("Asterisk closed it")

    def close(self) -> None:
        """Close the connection; what still waits for an answer fails."""
        self._end("closed by us")

    def _end(self, why: str) -> None:
        if self.lost.done():
            return
        self.lost.set_result(why)
        for action in self.responses.values():
            if not action.future.done():
                msg = f"{action['action']}: the link was lost before the answer; it may have been done"
                action.future.set_exception(AmiNotConnectedError(msg))
                action.future.exception()  # a caller who gave up waiting need not be informed
        self.responses.clear()
        if self._transport is not None:
            self._transport.abort()


def refuse_bad_values(data: Mapping[str, Any]) -> None:
    """Make sure that an action stays one action.

    Raises:
        AmiBadValueError: A key or value holds CR, LF or NUL. The message shows the key alone.
    """
    for key, value in data.items():
        values = value if isinstance(value, (list, tuple)) else (value,)
        for text in (key, *map(str, values)):
            if any(bad in text for bad in "\r\n\0"):
                msg = f"{key!r} of action {str(data.get('Action'))!r} holds CR, LF or NUL: not sent"
                raise AmiBadValueError(msg)

"""The FastAGI server: each connection is one call in a task of its own, isolated from all others."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from panoramisk import fast_agi

from agi.fastagi.connection import AgiConnection
from agi.fastagi.errors import BadRequestError, CallerGoneError, CallError, CallMovedError
from agi.fastagi.request import access_token
from agi.fastagi.session import AgiSession

if TYPE_CHECKING:
    from agi.fastagi.dtmf import DtmfDeduplicator
    from agi.fastagi.notes import SessionNotes
    from agi.fastagi.request import AgiRequest
    from agi.fastagi.session import PromptFinder

log = logging.getLogger(__name__)

Handler = Callable[[AgiSession], Awaitable[None]]

BACKLOG: Final = 1024
"""Connections the kernel holds for us: 500 callers can come in the same second."""
MAX_WAITING: Final = 1024
"""Connections without a header. Asterisk's comes with the connection, so the oldest is not its."""
CLOSE_GRACE_S: Final = 20.0
"""What running calls get when the service stops: most of a menu, well within systemd's 90 s."""
CANCEL_GRACE_S: Final = 2.0
"""Time for a handler to save its state when it is cut off after that."""

_DIGITS: Final = re.compile(r"\d{4,}")
_MAX_SHOWN_CHARS: Final = 200


class AgiServer(fast_agi.Application):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's FastAGI application with our own reader and sessions.

    Make it inside a running loop. When a handler raises, the connection is closed and the dialplan goes on behind its
    AGI application, as when it ends.

    Attributes:
        strangers: Connections since the start that spoke as Asterisk does and did not come from our dialplan.

    Args:
        handlers: Handler by script: ``agi://host/<word>/call`` asks for ``call``.
        prompts: Finds what sessions play.
        secret: Shared with the dialplan; a request without its token (`agi.fastagi.request.access_token`) is refused.
        presses_of: Returns the keys of a call, as the manager reports them; None while it does not.
        notes_of: Returns where what happens in a call, by its unique id, is written down.

    Raises:
        TypeError: A handler is not an ``async def`` function.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        prompts: PromptFinder,
        secret: str,
        presses_of: Callable[[AgiRequest], DtmfDeduplicator | None],
        notes_of: Callable[[str], SessionNotes],
    ) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        for script, handler in handlers.items():
            if not asyncio.iscoroutinefunction(handler):
                msg = f"the handler of {script!r} must be an async def function"
                raise TypeError(msg)
            self.add_route(script, handler)
        self._prompts = prompts
        self._secret = secret
        self._presses_of = presses_of
        self._notes_of = notes_of
        self.strangers = 0
        self._waiting: dict[AgiConnection, None] = {}
        self._calls: dict[AgiConnection, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None

    @property
    def calls(self) -> int:
        """Sessions running now."""
        return len(self._calls)

    @property
    def port(self) -> int:
        """The port it listens on; 0 while it does not."""
        return self._server.sockets[0].getsockname()[1] if self._server and self._server.sockets else 0

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one.

        Raises:
            OSError: The port is taken, or not ours to take.
        """
        self._server = await self.loop.create_server(lambda: AgiConnection(self), host, port, backlog=BACKLOG)

    async def close(self, grace_s: float = CLOSE_GRACE_S) -> None:
        """Take no new calls, let running ones come to an end, cut off those that do not.

        Args:
            grace_s: Seconds running calls get. One that is cut off hears the dialplan's prompt.
        """
        if self._server is not None:
            self._server.close()
        for wire in list(self._waiting):
            wire.refuse("the service is stopping")
        await self._wait(grace_s)
        if self._calls:
            log.warning("stopping: %d calls are cut off and go on to a message", len(self._calls))
        for wire, task in list(self._calls.items()):
            wire.close()
            task.cancel()
        await self._wait(CANCEL_GRACE_S)

    async def _wait(self, seconds: float) -> None:
        if self._calls:
            await asyncio.wait(list(self._calls.values()), timeout=seconds)

    async def handler(self, wire: AgiConnection, info: AgiRequest) -> None:
        """Run one call from its header to its end; whatever happens stays in here."""
        notes = self._notes_of(info.uniqueid)
        session = AgiSession(info, wire, self._prompts, self._presses_of(info), notes)
        try:
            await self._route[info.script](session)
        except CallerGoneError:
            log.debug("%s: the caller hung up", info.uniqueid)
        except CallMovedError:
            log.debug("%s: moved", info.uniqueid)
        except CallError as error:
            notes.note("fault", what=loggable(error))
            log.warning("%s: %s: the dialplan takes over", info.uniqueid, loggable(error))
        except Exception as error:  # noqa: BLE001 - nothing a handler does may touch another call
            notes.note("fault", what=f"{info.script} failed: {type(error).__name__}")
            # Not log.exception: its message could hold a caller's number.
            log.error(  # noqa: TRY400
                "%s: %s failed: %s: the dialplan takes over", info.uniqueid, info.script, describe(error)
            )

    def opened(self, wire: AgiConnection) -> None:
        """A connection came in: hold it until its header has come."""
        self._waiting[wire] = None
        if len(self._waiting) > MAX_WAITING:
            next(iter(self._waiting)).refuse(f"more than {MAX_WAITING} connections wait with it")

    def requested(self, wire: AgiConnection, info: AgiRequest) -> None:
        """A header is complete: start the call's own task, if it comes from our dialplan."""
        if not hmac.compare_digest(info.token.encode(), access_token(info.uniqueid, self._secret).encode()):
            self.strangers += 1
            msg = f"it does not come from our dialplan ({self.strangers} such since the start)"
            raise BadRequestError(msg)
        if info.script not in self._route:
            msg = f"it asks for the unknown script {info.script[:40]!r}"
            raise BadRequestError(msg)
        self._waiting.pop(wire, None)
        self._calls[wire] = task = asyncio.create_task(self.handler(wire, info))
        task.add_done_callback(lambda _: self._done(wire))

    def refused(self, wire: AgiConnection, why: str) -> None:
        """A connection did not become a call."""
        self._waiting.pop(wire, None)
        log.warning("closed a connection to the FastAGI port: %s", why)

    def closed(self, wire: AgiConnection) -> None:
        """A connection is gone; its task, if it has one, ends by itself."""
        self._waiting.pop(wire, None)

    def _done(self, wire: AgiConnection) -> None:
        self._calls.pop(wire, None)
        wire.close()


def loggable(error: BaseException) -> str:
    """An error's words for the log: one line, printable, without numbers that may be a caller's."""
    words = " ".join(str(error).split())
    return _DIGITS.sub("…", "".join(filter(str.isprintable, words)))[:_MAX_SHOWN_CHARS]


def describe(error: BaseException) -> str:
    """What a programmer needs of an unexpected error: its type, words and place."""
    frames = list(traceback.walk_tb(error.__traceback__))[-5:]
    where = " < ".join(f"{frame.f_code.co_qualname} line {line}" for frame, line in reversed(frames))
    return f"{type(error).__name__}: {loggable(error)} (in {where})"

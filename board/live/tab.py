"""An open page: what waits to be sent to it, and no more than its share."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from board.accounts.identity import Identity
    from board.live.views import View

MAX_QUEUED: Final = 500
"""Changes that wait for a page which reads slowly; a busy room changes some times a second. With more it gets the
whole view anew when it reads again."""
MAX_QUEUED_CHARS: Final = 1_000_000
"""Characters of them: what a slow page may cost us in memory."""
SEND_TIMEOUT_S: Final = 60.0
"""A page that takes nothing for so long is closed; it connects again when it can."""

TOO_SLOW, SIGNED_OUT, NOT_ALLOWED = 4429, 4401, 4403
"""Codes with which a WebSocket is closed: too slow or too much; session gone; not allowed."""


class Tab:
    """One page's connection.

    Args:
        identity: Who sits before it.
        send: Sends a text frame, and waits while the page does not read.
        as_of: Returns until when the picture is known to be true.

    Attributes:
        views: What it shows, by name.
        closing: The code with which it is to be closed; None: not.
        resyncs: How often it read so slowly that it was sent all anew.
    """

    def __init__(self, identity: Identity, send: Callable[[str], Awaitable[None]], as_of: Callable[[], str]) -> None:
        self.identity = identity
        self.views: dict[str, View] = {}
        self.closing: int | None = None
        self.resyncs = 0
        self._send = send
        self._as_of = as_of
        self._beat = ""
        self._answers: deque[str] = deque()
        self._changes: deque[str] = deque()
        self._chars = 0
        self._wanted: dict[str, View] = {}
        self._news = asyncio.Event()

    def show(self, view: View) -> None:
        """Send a view whole, then each change of it."""
        self.views[view.name] = view
        self._wanted[view.name] = view
        self._news.set()

    def hide(self, name: str) -> View | None:
        """Send no more of a view; returns it."""
        self._wanted.pop(name, None)
        return self.views.pop(name, None)

    def change(self, view: View, frame: str) -> None:
        """Send a change, or the whole view once more when too many wait. Returns at once."""
        if view.name in self._wanted:
            return  # the snapshot will have it
        self._changes.append(frame)
        self._chars += len(frame)
        if len(self._changes) > MAX_QUEUED or self._chars > MAX_QUEUED_CHARS:
            self._changes.clear()
            self._chars = 0
            self._wanted = dict(self.views)
            self.resyncs += 1
        self._news.set()

    def answer(self, frame: str) -> None:
        """Send what this page has asked for; answers are as many as its questions."""
        self._answers.append(frame)
        self._news.set()

    def beat(self, frame: str) -> None:
        """Send a heartbeat; a newer one takes its place."""
        self._beat = frame
        self._news.set()

    def close(self, code: int) -> None:
        """Have the connection closed."""
        self.closing = code
        self._news.set()

    async def run(self) -> int:
        """Send what waits until the connection is to be closed; returns the code.

        Raises:
            Exception: as ``send`` does: the page has gone.
        """
        while self.closing is None:
            await self._news.wait()
            self._news.clear()
            while self.closing is None and (frame := self._next()):
                try:
                    async with asyncio.timeout(SEND_TIMEOUT_S):
                        await self._send(frame)
                except TimeoutError:
                    return TOO_SLOW
        return self.closing

    def _next(self) -> str:
        if self._answers:
            return self._answers.popleft()
        if self._beat:
            beat, self._beat = self._beat, ""
            return beat
        if self._wanted:
            _, view = self._wanted.popitem()
            return view.snapshot(self._as_of())
        if self._changes:
            frame = self._changes.popleft()
            self._chars -= len(frame)
            return frame
        return ""

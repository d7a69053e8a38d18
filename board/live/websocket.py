"""The endpoint ``/live``: one WebSocket for each open page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from board.accounts.cookies import is_from_us
from board.live.collection import to_json
from board.live.frames import FROM_PAGE, MAX_FRAME_BYTES, SendCommand, SendStock, Subscribe
from board.live.hub import BEAT_S
from board.live.tab import NOT_ALLOWED, SIGNED_OUT, TOO_SLOW, Tab

if TYPE_CHECKING:
    from collections.abc import Collection

    from board.accounts.sessions import Sessions
    from board.live.commands import Commands
    from board.live.hub import Freshness, Hub

MAX_FRAMES: Final = 250
"""Frames of a page from one heartbeat to the next: an outbox of 200 commands after an hour without a line."""

_log = logging.getLogger(__name__)


class Live:
    """Serves ``/live``.

    Args:
        sessions: Tells who opens it.
        hub: All pages.
        commands: Takes what pages say.
        freshness: Of the picture.
        origins: Public addresses of ours, beside the Host header.
        tabs_per_user: Pages that one user may have open.
    """

    def __init__(
        self,
        sessions: Sessions,
        hub: Hub,
        commands: Commands,
        freshness: Freshness,
        *,
        origins: Collection[str],
        tabs_per_user: int,
    ) -> None:
        self._sessions = sessions
        self._hub = hub
        self._commands = commands
        self._freshness = freshness
        self._origins = origins
        self._tabs_per_user = tabs_per_user

    def router(self) -> APIRouter:
        """Return the path."""
        router = APIRouter()
        router.add_api_websocket_route("/live", self.live)
        return router

    async def live(self, websocket: WebSocket) -> None:
        """Serve one page until it goes or its session ends.

        A refusal comes as a close code of an accepted WebSocket: of any other a browser tells its page nothing.
        """
        if not is_from_us(websocket, self._origins):
            await websocket.close(NOT_ALLOWED)  # another's page: it learns nothing
            return
        identity = await self._sessions.identify(websocket)
        await websocket.accept()
        if identity is None:
            await websocket.close(SIGNED_OUT)
            return
        if self._hub.of_user(identity.user) >= self._tabs_per_user:
            await websocket.close(TOO_SLOW)
            return
        tab = Tab(identity, websocket.send_text, lambda: self._freshness.as_of)
        self._hub.join(tab)
        reading = asyncio.create_task(self._read(websocket, tab))
        sending = asyncio.create_task(tab.run())
        try:
            await asyncio.wait((reading, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(tab)
            self._commands.forget(tab)
            for task in (reading, sending):
                task.cancel()
            ended = await asyncio.gather(reading, sending, return_exceptions=True)
            for error in ended:
                if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect):
                    _log.error("a page's connection failed", exc_info=error)
            if (code := next((one for one in ended if isinstance(one, int)), tab.closing)) is not None:
                with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it has gone by itself
                    await websocket.close(code)

    async def _read(self, websocket: WebSocket, tab: Tab) -> int:
        """Take what a page says until it goes; returns the code with which it is to be closed."""
        loop = asyncio.get_running_loop()
        began, frames = loop.time(), 0
        while True:
            try:
                text = await websocket.receive_text()
            except KeyError:
                return NOT_ALLOWED  # a frame of bytes: no page of ours sends one
            if loop.time() - began > BEAT_S:
                began, frames = loop.time(), 0
            frames += 1
            if frames > MAX_FRAMES or len(text) > MAX_FRAME_BYTES:
                return TOO_SLOW
            try:
                frame = FROM_PAGE.validate_json(text)
            except ValidationError:
                tab.answer(to_json({"type": "refused", "view": "", "code": "malformed"}))
                continue
            if isinstance(frame, Subscribe):
                self._hub.show(tab, frame.view)
            elif isinstance(frame, SendCommand):
                await self._sessions.touch(tab.identity)
                await self._commands.command(tab, frame)
            elif isinstance(frame, SendStock):
                await self._commands.stock(tab, frame)
            else:
                self._hub.hide(tab, frame.view)

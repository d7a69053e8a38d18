"""The relay between a browser's telephone and Asterisk: ``/operator/sip``, a WebSocket of SIP (RFC 7118).

The browser comes with its session, as every page does. What it sends is checked (`board.telephone.sip_guard`) and
passed on to Asterisk's own WebSocket, which listens on this machine alone. Text frames only: Asterisk 22.11.0 crashes
at a client's PONG frame, so that no ping or pong is ever passed on. When the session is revoked, both sides are cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Protocol

from fastapi import APIRouter, HTTPException, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from board.accounts.cookies import is_from_us
from board.accounts.permissions import Action, may
from board.telephone.sip_guard import MAX_MESSAGE, SipFloodError, SipGuard, SipRefusedError

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine

    from starlette.requests import HTTPConnection
    from websockets.asyncio.client import ClientConnection

    from board.accounts.identity import Identity
    from board.telephone.account import AccountOf, TelephoneAccount

SUBPROTOCOL: Final = "sip"
SESSION_CHECK_S: Final = 5.0
"""Between two looks whether a session still holds: a beat of the boards' own WebSocket."""
CONNECT_TIMEOUT_S: Final = 3.0
"""Asterisk is on this machine: later than this it does not run, and the browser tries again by itself."""
SEND_TIMEOUT_S: Final = 5.0
"""A browser that takes nothing for so long is gone: its telephone must not be shown as there."""

NOT_SIGNED_IN: Final = 4401
NOT_ALLOWED: Final = 4403
TOO_MANY: Final = 4429
ASTERISK_AWAY: Final = 1013
"""Close codes; the last is "try again later" of RFC 6455's registry."""

_NO_STORE: Final = {"Cache-Control": "no-store"}
_log = logging.getLogger(__name__)


class SessionsHere(Protocol):
    """The part of the sessions that is needed here."""

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """Return who is signed in; None for nobody."""
        ...

    async def valid(self, identity: Identity) -> bool:
        """Whether the session has not been revoked meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class AsteriskSocket:
    """Where Asterisk's WebSocket is, and the address of this machine from which it is spoken to."""

    url: str
    source: str


class SipRelay:
    """The routes of telephones in browsers.

    Args:
        sessions: Who is signed in.
        origins: Public addresses of ours, beside the Host header.
        account_of: The operators' accounts.
        asterisk: Where Asterisk listens.
    """

    def __init__(
        self, sessions: SessionsHere, origins: Collection[str], account_of: AccountOf, asterisk: AsteriskSocket
    ) -> None:
        self._sessions = sessions
        self._origins = origins
        self._account_of = account_of
        self._asterisk = asterisk
        self._open: dict[str, WebSocket] = {}

    def router(self) -> APIRouter:
        """Return the routes ``/operator/telephone`` and ``/operator/sip``."""
        router = APIRouter()
        router.add_api_route("/operator/telephone", self._telephone, methods=["GET"], response_model=None)
        router.add_api_websocket_route("/operator/sip", self._relay)
        return router

    async def _telephone(self, request: Request) -> JSONResponse:
        """What the page's telephone signs in with, never the password."""
        identity = await self._sessions.identify(request)
        if identity is None:
            raise HTTPException(401, "sign in first", headers=_NO_STORE)
        account = await self._account(identity)
        if account is None:
            raise HTTPException(404, "no telephone in the browser for this person", headers=_NO_STORE)
        return JSONResponse(asdict(account), headers=_NO_STORE)

    async def _account(self, identity: Identity) -> TelephoneAccount | None:
        operator = identity.operator
        if not operator or not may(identity, Action.COMMAND, f"operators/{operator}"):
            return None
        return await self._account_of(operator)

    async def _relay(self, browser: WebSocket) -> None:
        """Serve one telephone until either side goes or the session ends."""
        if SUBPROTOCOL not in browser.scope["subprotocols"] or not is_from_us(browser, self._origins):
            await browser.close(NOT_ALLOWED)  # another's page: it learns nothing
            return
        identity = await self._sessions.identify(browser)
        account = await self._account(identity) if identity is not None else None
        await browser.accept(subprotocol=SUBPROTOCOL)
        if identity is None or account is None:
            await browser.close(NOT_SIGNED_IN if identity is None else NOT_ALLOWED)
            return
        await self._replace(account.user, browser)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                asterisk = await connect(
                    self._asterisk.url,
                    subprotocols=[Subprotocol(SUBPROTOCOL)],
                    local_addr=(self._asterisk.source, 0),
                    max_size=MAX_MESSAGE,
                    compression=None,
                    ping_interval=None,
                    user_agent_header=None,
                    proxy=None,
                )
        except (OSError, TimeoutError, InvalidHandshake) as error:
            _log.warning("%s: Asterisk's WebSocket does not answer: %s", account.user, error)
            await self._close(browser, ASTERISK_AWAY)
            return
        try:
            code = await _first(
                self._inward(browser, asterisk, account.user), _outward(browser, asterisk), self._revoked(identity)
            )
        finally:
            await asterisk.close()
            if self._open.get(account.user) is browser:
                del self._open[account.user]
        await self._close(browser, code)

    async def _replace(self, user: str, browser: WebSocket) -> None:
        """One telephone an operator: an earlier tab that still holds the line is cut, a dead one too."""
        before, self._open[user] = self._open.get(user), browser
        if before is not None:
            await self._close(before, TOO_MANY)

    @staticmethod
    async def _close(browser: WebSocket, code: int) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await browser.close(code)

    @staticmethod
    async def _inward(browser: WebSocket, asterisk: ClientConnection, user: str) -> int:
        """From the browser to Asterisk; returns the close code when it ends."""
        guard = SipGuard(user)
        try:
            while True:
                frame = await browser.receive()
                if frame["type"] == "websocket.disconnect":
                    return 1000
                text = frame.get("text")
                if text is None:
                    _log.warning("%s: a frame that is not text", user)
                    return NOT_ALLOWED
                if guard.check(text):
                    await asterisk.send(text)
        except SipRefusedError as error:
            _log.warning("%s: SIP of the browser refused: %s", user, error)
            return TOO_MANY if isinstance(error, SipFloodError) else NOT_ALLOWED
        except ConnectionClosed:
            return ASTERISK_AWAY

    async def _revoked(self, identity: Identity) -> int:
        """Return when the session has ended."""
        while True:
            await asyncio.sleep(SESSION_CHECK_S)
            if not await self._sessions.valid(identity):
                return NOT_SIGNED_IN


async def _outward(browser: WebSocket, asterisk: ClientConnection) -> int:
    """From Asterisk to the browser."""
    try:
        async for frame in asterisk:
            if isinstance(frame, str):
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await browser.send_text(frame)
    except (ConnectionClosed, RuntimeError, WebSocketDisconnect, TimeoutError):
        return ASTERISK_AWAY
    return ASTERISK_AWAY


async def _first(*works: Coroutine[object, object, int]) -> int:
    """Run all until the first has ended; return what it returned."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

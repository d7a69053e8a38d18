"""CAP over HTTP: the index and each message, at addresses that never change."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Header, HTTPException, Request, Response

from router.clock import utc_now
from router.notices.cap.index import ATOM_TYPE, CAP_TYPE, make_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.notices.settings import NoticeSettings
    from router.storage.engine import Storage

MAX_AGE_S: Final = 20
"""How long a reader may keep the index: a notice that is withdrawn is so for everybody within a minute."""
_MESSAGE_AGE_S: Final = 24 * 60 * 60
"""A message never changes; its name is used once."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9._@-]{1,160}", re.ASCII)
MAX_ENTRIES: Final = 200
"""Of the index; more notices at a time are nobody's work."""


class CapRoutes:
    """Answers requests for CAP messages.

    Args:
        store: Where they are.
        settings: Who sends them.
        public_url: Public address of this interface, if a reverse proxy serves it; else that of the request.
        now: The clock, UTC.
    """

    def __init__(
        self, store: Storage, settings: NoticeSettings, public_url: str, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._settings = settings
        self._public_url = public_url
        self._now = now

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(prefix="/cap")
        router.add_api_route("/index.xml", self.index, methods=["GET", "HEAD"], include_in_schema=False)
        router.add_api_route("/{identifier}.xml", self.message, methods=["GET", "HEAD"], include_in_schema=False)
        return router

    async def index(self, request: Request, if_none_match: Annotated[str, Header()] = "") -> Response:
        """Return the messages of all notices that have not ended, newest first."""
        now = self._now()
        messages = await self._store.read(lambda uow: uow.notices.caps_until(now, MAX_ENTRIES))
        base = self._public_url or str(request.base_url).rstrip("/")
        return _answer(make_index(messages, f"{base}/cap/", self._settings), ATOM_TYPE, MAX_AGE_S, if_none_match)

    async def message(self, identifier: str, if_none_match: Annotated[str, Header()] = "") -> Response:
        """Return a message."""
        known = _IDENTIFIER.fullmatch(identifier) is not None
        found = await self._store.read(lambda uow: uow.notices.cap(identifier)) if known else None
        if found is None:
            raise HTTPException(404, "there is no such message; see /cap/index.xml")
        return _answer(found.document, CAP_TYPE, _MESSAGE_AGE_S, if_none_match)


def _answer(document: str, media_type: str, age_s: int, if_none_match: str) -> Response:
    content = document.encode()
    tag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={age_s}"}
    known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=f"{media_type}; charset=utf-8", headers=headers)

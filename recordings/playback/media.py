"""HTTP endpoint where a room plays the recordings of its tickets.

`GET /media/<token>` is the newest recording of the ticket, `…/<n>` its n-th from the oldest; `?format=alaw` (A-law
WAV, unless told) or `?format=opus`. Ranges are answered (206, 416), so that a player can jump. Whatever is wrong with
an address, the answer is the same 404: it tells nobody whether a ticket exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import FileResponse, Response

from recordings.playback.transcode import FORMS

if TYPE_CHECKING:
    from recordings.playback.player import Player
    from recordings.playback.signed_urls import SignedUrls
    from router.tickets.service import TicketService

_HEADERS = {
    "Cache-Control": "private, no-store",  # nobody else's cache keeps a citizen's voice
    "Referrer-Policy": "no-referrer",  # the address is the key
}

_Asked = Annotated[Literal["alaw", "opus"], Query(alias="format")]


class MediaRoutes:
    """Sends recordings to the holder of a signed address.

    Args:
        desk: Knows which room a ticket is in.
        links: Reads the addresses.
        player: Plays recordings.
    """

    def __init__(self, desk: TicketService, links: SignedUrls, player: Player) -> None:
        self._desk = desk
        self._links = links
        self._player = player

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(prefix="/media", tags=["media"])
        router.add_api_route("/{token}", self.newest, methods=["GET", "HEAD"], include_in_schema=False)
        router.add_api_route("/{token}/{part}", self.one_of, methods=["GET", "HEAD"], include_in_schema=False)
        return router

    async def newest(self, token: str, form: _Asked = "alaw") -> Response:
        """Send the newest recording of the ticket that the address was made for."""
        return await self._send(token, None, form)

    async def one_of(self, token: str, part: Annotated[int, Path(ge=1, le=999)], form: _Asked = "alaw") -> Response:
        """Send one of them, counted from the oldest."""
        return await self._send(token, part, form)

    async def _send(self, token: str, part: int | None, form: str) -> Response:
        link = self._links.open(token)
        ticket = await self._desk.ticket(link.number) if link else None
        if link is None or ticket is None or ticket.room != link.room:
            raise HTTPException(404)
        count = len(ticket.recordings)
        if not 1 <= (part or count) <= count:
            raise HTTPException(404)
        name = ticket.recordings[(part or count) - 1]
        if (path := await self._player.file(name, form)) is None:
            raise HTTPException(404)
        shown = f"{ticket.number}-{part or count}.{FORMS[form].ending}"
        return FileResponse(
            path,
            media_type=FORMS[form].media_type,
            filename=shown,
            content_disposition_type="inline",
            headers=_HEADERS,
        )

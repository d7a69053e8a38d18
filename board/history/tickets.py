"""`GET /api/tickets…`: tickets from the store with their history and recordings, and searches."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import FileResponse

from board.accounts.permissions import Action, may
from board.history.access import may_open
from board.history.listening import Listening
from router.model.calls.recording_record import RecordingState
from router.model.picture import ENDINGS
from router.model.ticket_search import TicketOrder, TicketSearch
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from board.accounts.identity import Identity
    from board.history.access import Access
    from board.history.sound import PlaysRecordings
    from router.model.calls.recording_record import RecordingRecord
    from router.model.picture import Picture
    from router.model.ticket import Ticket
    from router.model.ticket_views import TicketHistoryLine
    from router.pictures import PictureFiles
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

MAX_FOUND: Final = 200
"""Tickets of a search; who finds so many narrows it."""
MAX_EARLIER: Final = 20
"""Earlier tickets of a caller beside one that is open on a screen."""
_PRIVATE: Final = {"Cache-Control": "private, no-store"}  # nobody else's cache keeps a citizen's voice or photograph
_NO_PAGE: Final = {"Content-Security-Policy": "default-src 'none'; sandbox"}
"""A file that is a picture and a page at once is a picture to every browser, and could run nothing."""

Number = Annotated[str, Path(pattern=r"^[1-9][0-9]{8}$")]
Name = Annotated[str, Path(max_length=200)]
PictureId = Annotated[int, Path(ge=1, lt=1 << 63)]
_Short = Annotated[str, Query(max_length=64)]


class TicketRoutes:
    """Serves tickets.

    Args:
        access: Tells who asks and what they may read.
        store: Open.
        player: Plays recordings.
        pictures: The files of photographs.
    """

    def __init__(self, access: Access, store: Storage, player: PlaysRecordings, pictures: PictureFiles) -> None:
        self._access = access
        self._store = store
        self._player = player
        self._pictures = pictures
        self._listening = Listening()

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(prefix="/api/tickets")
        router.add_api_route("", self.search, methods=["GET"])
        router.add_api_route("/{number}", self.ticket, methods=["GET"])
        router.add_api_route("/{number}/recordings/{name}", self.recording, methods=["GET", "HEAD"])
        router.add_api_route("/{number}/pictures/{picture}", self.picture, methods=["GET", "HEAD"])
        return router

    async def ticket(self, request: Request, number: Number) -> Any:
        """Send a ticket with its history, its recordings and the caller's earlier ones; others' do not exist."""
        identity = await self._access.identify(request)
        found = await self._store.read(partial(_details, number=number))
        if found is None or not may_open(identity, found.ticket):
            raise HTTPException(404, "there is no such ticket")
        ticket = found.ticket
        listens = may_open(identity, ticket, Action.LISTEN)
        (shown,) = await self._access.show(identity, "view", [ticket])
        others = await self._access.show(identity, "view", [one for one in found.earlier if may_open(identity, one)])
        return {
            "ticket": shown,
            "history": [line._asdict() for line in found.history],
            "recordings": [_recording(number, one, listens=listens) for one in found.recordings],
            "pictures": [_picture(number, one) for one in found.pictures],
            "earlier": others,
        }

    async def recording(
        self,
        request: Request,
        number: Number,
        name: Name,
        form: Annotated[Literal["alaw", "opus"], Query(alias="format")] = "alaw",
    ) -> Response:
        """Send the sound of a recording of a ticket, or a part of it (Range)."""
        identity = await self._access.identify(request)
        found = await self._store.read(partial(_details, number=number))
        known = found is not None and any(one.name == name for one in found.recordings)
        if found is None or not known or not may_open(identity, found.ticket, Action.LISTEN):
            raise HTTPException(404, "there is no such recording")
        sound = await self._player.sound(name, form)
        if sound is None:
            raise HTTPException(404, "the recording is gone, or cannot be played")
        if self._listening.begins(identity.session, name):
            await self._access.audit.note(identity, "listen", ticket=number, fields=("recordings",), target=name)
        return FileResponse(
            sound.path,
            media_type=sound.media_type,
            filename=f"{number}.{sound.ending}",
            content_disposition_type="inline",
            headers=_PRIVATE,
        )

    async def picture(self, request: Request, number: Number, picture: PictureId) -> Response:
        """Send a photograph of a ticket, as its citizen sent it."""
        identity = await self._access.identify(request)
        found = await self._store.read(partial(_with_pictures, number=number))
        if found is None or not may_open(identity, found[0]):
            raise HTTPException(404, "there is no such photograph")
        kept = next((one for one in found[1] if one.id == picture), None)
        path = self._pictures.path(kept.ticket, kept.file) if kept else None
        if kept is None or path is None or not await asyncio.to_thread(path.is_file):
            raise HTTPException(404, "there is no such photograph")
        if self._listening.begins(identity.session, kept.file):
            await self._access.audit.note(
                identity, "view", ticket=number, fields=("pictures",), target=f"photograph {kept.id}"
            )
        return FileResponse(
            path,
            media_type=kept.media_type,
            filename=f"{number}-{kept.id}.{ENDINGS[kept.media_type]}",
            content_disposition_type="inline",
            headers=_PRIVATE | _NO_PAGE,
        )

    async def search(
        self,
        request: Request,
        phone: _Short = "",
        text: Annotated[str, Query(max_length=200)] = "",
        room: _Short = "",
        need: _Short = "",
        district: _Short = "",
        stage: _Short = "",
        open: bool = False,  # noqa: A002 - as it is called in the address
        limit: Annotated[int, Query(ge=1, le=MAX_FOUND)] = 50,
    ) -> Any:
        """Send the tickets that fit, newest first. A room finds its own alone, an operator those of a number."""
        identity = await self._access.identify(request)
        e164 = _e164(phone) if phone else None
        room = _room_to_search(identity, room, by_number=e164 is not None)
        wanted = TicketSearch(
            is_open=open,
            phone=e164,
            text=text or None,
            room=room or None,
            need=need or None,
            district=district or None,
            stage=stage or None,
        )
        found = await self._store.read(lambda uow: uow.ticket_search.find(wanted, TicketOrder.NEWEST, limit))
        asked = sorted(
            name for name in ("phone", "text", "room", "need", "district", "stage") if name in request.query_params
        )
        shown = await self._access.show(
            identity, "search", [one.ticket for one in found if may_open(identity, one.ticket)], target=",".join(asked)
        )
        return {"tickets": shown}


def _room_to_search(identity: Identity, room: str, *, by_number: bool) -> str:
    """Return the room in which somebody searches; empty: all of them. Raises HTTPException."""
    room = room or identity.room or ""
    target = f"room/{room}" if room else "tickets"
    everything = by_number or bool(room) or may(identity, Action.VIEW, "tickets")
    if not everything or not may(identity, Action.SEARCH, target):
        raise HTTPException(403, "not allowed")
    return room


def _e164(phone: str) -> str:
    if (found := normalise(phone).e164) is None:
        raise HTTPException(422, "this is no telephone number")
    return found


def _recording(number: str, recording: RecordingRecord, *, listens: bool) -> dict[str, Any]:
    there = recording.state is not RecordingState.DELETED
    return {
        "name": recording.name,
        "url": f"/api/tickets/{number}/recordings/{recording.name}" if listens and there else "",
        "begun": recording.begun.isoformat(),
        "state": recording.state.value,
        "seconds": recording.seconds,
        "language": recording.language,
        "confidence": recording.confidence,
        "words": recording.words if listens else (),
    }


def _picture(number: str, picture: Picture) -> dict[str, Any]:
    return {
        "id": picture.id,
        "url": f"/api/tickets/{number}/pictures/{picture.id}",
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.size,
        "caption": picture.caption,
        "channel": picture.channel,
        "received": picture.received.isoformat(),
    }


class _Details(NamedTuple):
    ticket: Ticket
    history: list[TicketHistoryLine]
    recordings: list[RecordingRecord]
    pictures: list[Picture]
    earlier: list[Ticket]


def _details(uow: UnitOfWork, *, number: str) -> _Details | None:
    ticket = uow.tickets.by_number(number)
    if ticket is None:
        return None
    of_phone = uow.tickets.all_of_phone(ticket.phone, MAX_EARLIER + 1) if ticket.phone else []
    earlier = [one for one in of_phone if one.number != number][:MAX_EARLIER]
    recordings = uow.recordings.of_ticket(number)
    return _Details(ticket, uow.tickets.history_of(number), recordings, _pictures_of(uow, number), earlier)


def _with_pictures(uow: UnitOfWork, *, number: str) -> tuple[Ticket, list[Picture]] | None:
    ticket = uow.tickets.by_number(number)
    return None if ticket is None else (ticket, _pictures_of(uow, number))


def _pictures_of(uow: UnitOfWork, number: str) -> list[Picture]:
    """Return a ticket's photographs, and those of the tickets that were merged into it: they show one trouble."""
    merged = [one.number for one in uow.tickets.merged_into(number)]
    return uow.pictures.of_tickets([number, *merged])

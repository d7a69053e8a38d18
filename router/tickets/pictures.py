"""A photograph comes to a ticket: its row, and the ticket's next version, which counts it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.model.picture import MAX_PICTURES, PictureRefusedError
from router.tickets.notes import known_ticket

if TYPE_CHECKING:
    from router.model.picture import NewPicture, Picture
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.version_writer import TicketVersionWriter


def add_picture(uow: UnitOfWork, *, number: str, picture: NewPicture, versions: TicketVersionWriter) -> Picture:
    """Add a photograph; the arguments are those of ``TicketService.add_picture``."""
    there = uow.pictures.by_source(picture.source) or uow.pictures.same_bytes(number, picture.sha256)
    if there is not None:
        return there
    before = known_ticket(uow, number)
    if uow.pictures.count(number) >= MAX_PICTURES:
        raise PictureRefusedError(f"ticket {number} has {MAX_PICTURES} photographs already")
    added = uow.pictures.add(number, picture)
    after = before.next(datetime.now(UTC), pictures=uow.pictures.count(number))
    versions.update(uow, before, after, by=picture.channel, what="photograph added")
    return added

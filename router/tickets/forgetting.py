"""Removes the person from a ticket; need, place, times and outcome remain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.confirmation.reply_channel import ReplyChannels
    from router.tickets.version_writer import TicketVersionWriter

FORGOTTEN: Final = "person forgotten"
"""The line of history for it."""

_OF_THE_PERSON: Final[dict[str, object]] = {
    "phone": None,
    "callback_wanted": False,
    "name": "",
    "address": "",
    "landmark": "",
    "lat": None,
    "long": None,
    "quantity": "",
    "description": "",
    "status_notes": "",
    "for_citizen": "",
    "for_citizen_datetime": None,
    "notes": (),
    "transcript": "",
    "transcript_confidence": None,
    "recordings": (),
    "media_url": "",
    "pictures": 0,
}
"""Every personal field: name, exact place, words; need, district, PIN code, times and stage stay."""


def without_person(ticket: Ticket, now: datetime) -> Ticket:
    """Return the next version of a ticket without its person, or the same one when it has none any more."""
    stranded = ticket.stranded.model_copy(update={"place": ""}) if ticket.stranded else None
    without = {**_OF_THE_PERSON, "stranded": stranded}
    if all(getattr(ticket, field) == empty for field, empty in without.items()):
        return ticket
    return ticket.next(now, **without)


def forget(
    uow: UnitOfWork,
    numbers: Sequence[str],
    *,
    versions: TicketVersionWriter,
    replies: ReplyChannels,
    now: datetime,
) -> int:
    """Remove the person from tickets, their history, photographs, and pending questions; return from how many tickets.

    Runs in the writer's thread, in a transaction; again it changes nothing. The history says of each that it was done,
    once since the ticket last had a person.
    """
    changed = 0
    for number in numbers:
        before = uow.tickets.by_number(number)
        if before is None:
            continue
        after = without_person(before, now)
        if after is not before or not any(line.what == FORGOTTEN for line in uow.tickets.history_of(number)):
            after = after if after is not before else before.next(now)
            versions.update(uow, before, after, by="warroom", what=FORGOTTEN)
            changed += 1
        replies.withdraw(uow, number, FORGOTTEN)
    uow.citizens.forget_tickets(numbers)
    uow.pictures.remove_of(numbers)
    return changed

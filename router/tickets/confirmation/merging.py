"""Citizens of merged tickets: each of them is asked when the surviving ticket is settled.

A merged ticket keeps its stage; what its citizen is asked follows from the ticket that goes on, through any number of
mergings. "Help came" is noted on the merged ticket: the other one is its own citizen's to close. "Not yet" reopens the
one that goes on. Functions on a connection run in the store's threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.model.stages import Stage

if TYPE_CHECKING:
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.confirmation.reply_channel import ReplyChannels

_DEEPEST: Final = 20
"""Mergings of mergings that are followed: a ring of them would else have no end."""
_SETTLED: Final = frozenset({Stage.RESOLVED, Stage.CONFIRMED, Stage.UNCONFIRMED})
HELPED: Final = "मदद मिली / help came"
NOT_YET: Final = "मदद नहीं मिली / help has not come"


def goes_on(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """Return the ticket that a merged one goes on in; one that is not merged itself."""
    for _ in range(_DEEPEST):
        if ticket.stage is not Stage.MERGED or ticket.merged_into is None:
            break
        ticket = uow.tickets.by_number(ticket.merged_into) or ticket
    return ticket


def asked_about(uow: UnitOfWork, number: str) -> Ticket | None:
    """Return a ticket as its citizen is to be asked about it; None when there is none.

    A merged one has the stage, and the rejection, of the one that goes on: resolved as long as it is settled.
    """
    ticket = uow.tickets.by_number(number)
    if ticket is None or ticket.stage is not Stage.MERGED:
        return ticket
    main = goes_on(uow, ticket)
    stage = Stage.RESOLVED if main.stage in _SETTLED else main.stage
    return ticket.model_copy(update={"stage": stage, "rejection": main.rejection})


def follow(uow: UnitOfWork, main: Ticket, replies: ReplyChannels, *, asked: bool) -> None:
    """The ticket that goes on has been resolved, rejected, or taken up again: its merged ones are asked about, or not.

    Each telephone once, and not that of the ticket that goes on: one citizen may have asked twice.
    """
    telephones = {main.phone} - {None}
    for ticket in _merged_into(uow, main.number):
        replies.withdraw(uow, ticket.number, main.stage.value)
        if asked and ticket.phone not in telephones:
            ask(uow, ticket, main, replies)
        telephones |= {ticket.phone} - {None}


def ask(uow: UnitOfWork, ticket: Ticket, main: Ticket, replies: ReplyChannels) -> None:
    """Have the citizen of a merged ticket asked about what became of the one that goes on, if there is a way."""
    if replies.reach(ticket):
        replies.ask(uow, ticket, main)


def _merged_into(uow: UnitOfWork, number: str) -> list[Ticket]:
    found: list[Ticket] = []
    numbers = [number]
    while numbers and len(found) < _DEEPEST * _DEEPEST:
        these = uow.tickets.merged_into(numbers.pop())
        found += these
        numbers += [ticket.number for ticket in these]
    return found

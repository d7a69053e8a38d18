"""Closing is the citizen's word: the citizen of a ticket that is resolved or rejected is asked.

A hook of the ticket service: the question is written in the transaction of the step that makes it needful, and taken
back in that of the step that makes it needless, which the citizen's answer itself is. So there is a question to be
asked exactly as long as a ticket waits for its citizen, whatever crashes when. Which way it is asked is for the reply
channels (`router.tickets.confirmation.reply_channel`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.model.stages import Stage
from router.tickets.confirmation import merging

if TYPE_CHECKING:
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.confirmation.reply_channel import ReplyChannels

CONFIRMED_STAGES: Final = frozenset({Stage.RESOLVED, Stage.REJECTED})
"""Resolved: did help come? Rejected: the citizen hears why, and can talk to an operator."""

_ANSWERED: Final = frozenset({Stage.CONFIRMED, Stage.UNCONFIRMED})
"""Its own citizen has said so, or could not be reached: those of merged tickets are still asked."""


def ask_citizen(uow: UnitOfWork, before: Ticket | None, after: Ticket, *, replies: ReplyChannels) -> None:
    """Write or take back the question of a ticket whose stage has changed: for ``TicketService.on_change``."""
    stage_before = before.stage if before else None
    if after.stage is stage_before:
        return
    if stage_before in CONFIRMED_STAGES:
        replies.withdraw(uow, after.number, after.stage.value)
    if after.stage in CONFIRMED_STAGES:
        replies.ask(uow, after, after)
    if after.stage is Stage.MERGED:
        main = merging.goes_on(uow, after)
        if main.stage in CONFIRMED_STAGES and (after.phone is None or main.phone != after.phone):
            merging.ask(uow, after, main, replies)
    elif after.stage in CONFIRMED_STAGES or (
        stage_before in _ANSWERED | CONFIRMED_STAGES and after.stage not in _ANSWERED
    ):
        merging.follow(uow, after, replies, asked=after.stage in CONFIRMED_STAGES)

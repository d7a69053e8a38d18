"""The ticket is opened, its number spoken twice, and whether there is anything else asked."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar, Literal

from agi.dialplan import Next
from agi.ivr.context import NO, TRIES, YES
from agi.ivr.persistence import build_report, claim_recordings, end_call
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.nearest_facilities import can_be_read_out
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext
    from router.tickets.ticket import Ticket

DESK_TIMEOUT_S = 6.0  # the store itself gives up after five: its own word comes first, and nobody hears more silence
NEAR = "3"
GROUP = 3  # digits of a number spoken together

_log = logging.getLogger(__name__)


class OpenTicketStep(FlowStep):
    """Opens the ticket; only a committed ticket's number is ever spoken.

    Attributes:
        more: Where "yes, there is something else" leads.
        near: Where the nearest places that have what is needed are told; offered when there may be any.
        go: Where the call goes on without.
    """

    asks: ClassVar[bool] = True
    fixed_prompts: ClassVar[tuple[str, ...]] = (
        "number-is",
        "number-again",
        "number-call-again",
        "again-ask",
        "status-near",
        "silence-half",
        "sorry-trouble",
        "wrong-key",
        *(f"number-{digit}" for digit in range(10)),
    )

    kind: Literal["ticket"]
    more: str
    near: str | None = None
    go: str

    async def run(self, talk: StepContext) -> str | None:
        """Open the ticket and speak its number; without the store, promise nothing and take a message."""
        ticket = await _open(talk)
        if ticket is None:
            await talk.session.play(("sorry-trouble",))
            await end_call(talk, Next.MESSAGE)
            return None
        said = spoken(ticket.service_request_id)
        names = ["number-is", *said, "number-again", *said, "number-call-again"]
        near = self.near if can_be_read_out(talk, ticket) else None
        names += ["status-near"] * bool(near) + ["again-ask"]
        before: list[str] = []
        for _ in range(TRIES):
            key = await talk.keys([*before, *names])
            if key == YES:
                return self.more
            if key == NEAR and near:
                talk.call.about = ticket
                return near
            if key in ("", NO):
                break
            before = ["wrong-key"]
        return self.go

    def targets(self) -> Iterator[tuple[str, str]]:
        """Where yes and no lead."""
        yield "more", self.more
        if self.near is not None:
            yield "near", self.near
        yield "go", self.go


def spoken(number: str) -> list[str]:
    """The prompts of a number, three digits at a time."""
    names: list[str] = []
    for first in range(0, len(number), GROUP):
        names += ["silence-half"] * bool(first)
        names += [f"number-{digit}" for digit in number[first : first + GROUP]]
    return names


async def _open(talk: StepContext) -> Ticket | None:
    """Open the ticket of the trouble in hand; None when the store cannot take it now, which then comes later."""
    call = talk.call
    call.booked.update(filter(None, (call.need,)))
    try:
        async with asyncio.timeout(DESK_TIMEOUT_S):
            ticket = await talk.desk.open(build_report(talk))
    except (StorageUnavailableError, TimeoutError) as error:
        _log.warning("call %s: ticket not opened, will be: %s", call.uniqueid, error or "no answer in time")
        talk.desk.open_later(build_report(talk, "The caller was told no number: the store was not available."))
        call.close_trouble()
        return None
    recordings = call.recordings
    call.tickets.append(ticket.service_request_id)
    call.close_trouble()
    await claim_recordings(talk, recordings)
    return ticket

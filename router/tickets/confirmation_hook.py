"""Closing is the citizen's word: a ticket that is resolved or rejected has its citizen called.

A hook of the desk: the call is asked for in the transaction of the step that makes it needful, and taken back in that
of the step that makes it needless, which the citizen's answer itself is. So there is a call to be made exactly as
long as a ticket waits for its citizen, whatever crashes when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.model.job import ORIGINATE
from router.model.stages import Stage
from router.storage.repositories import job_repository
from router.tickets import merging

if TYPE_CHECKING:
    import sqlalchemy as sa

    from router.model.ticket import Ticket

CONFIRMED_STAGES: Final = frozenset({Stage.RESOLVED, Stage.REJECTED})
"""Resolved: did help come? Rejected: the citizen is told why, and can talk to a person."""

_ANSWERED: Final = frozenset({Stage.CONFIRMED, Stage.UNCONFIRMED})
"""Its own citizen has said so, or could not be reached: those of merged tickets are still asked."""


def ask_citizen(connection: sa.Connection, before: Ticket | None, after: Ticket) -> None:
    """Write or take back the job ``originate`` of a ticket whose stage has changed: for ``TicketService.on_change``."""
    stage_before = before.stage if before else None
    if after.stage is stage_before:
        return
    if stage_before in CONFIRMED_STAGES:
        job_repository.cancel_all(connection, ORIGINATE, after.number, after.stage.value)
    if after.stage in CONFIRMED_STAGES:
        key = f"{after.number}/{after.version}"
        payload = {"ticket": after.number, "version": after.version}
        job_repository.add(connection, ORIGINATE, key, payload, after.updated_datetime, after.priority)
    if after.stage is Stage.MERGED:
        main = merging.goes_on(connection, after)
        if main.stage in CONFIRMED_STAGES and main.phone != after.phone:
            merging.add(connection, after, main)
    elif after.stage in CONFIRMED_STAGES or (
        stage_before in _ANSWERED | CONFIRMED_STAGES and after.stage not in _ANSWERED
    ):
        merging.follow(connection, after, ask=after.stage in CONFIRMED_STAGES)

"""Closing is the citizen's word: a ticket that is resolved or rejected has its citizen called.

A hook of the desk: the call is asked for in the transaction of the step that makes it needful, and taken back in that
of the step that makes it needless, which the citizen's answer itself is. So there is a call to be made exactly as
long as a ticket waits for its citizen, whatever crashes when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.store import work_rows
from router.tickets import merging
from router.tickets.stages import Stage

if TYPE_CHECKING:
    import sqlalchemy as sa

    from router.tickets.ticket import Ticket

ASKED: Final = frozenset({Stage.RESOLVED, Stage.REJECTED})
"""Resolved: did help come? Rejected: the citizen is told why, and can talk to a person."""

_ANSWERED: Final = frozenset({Stage.CONFIRMED, Stage.UNCONFIRMED})
"""Its own citizen has said so, or could not be reached: those of merged tickets are still asked."""


def ask_citizen(connection: sa.Connection, before: Ticket | None, after: Ticket) -> None:
    """Write or take back the work row ``originate`` of a ticket whose stage has changed: for ``Desk.on_change``."""
    stage_before = before.stage if before else None
    if after.stage is stage_before:
        return
    if stage_before in ASKED:
        work_rows.end_all(connection, work_rows.ORIGINATE, after.number, after.stage.value)
    if after.stage in ASKED:
        key = f"{after.number}/{after.version}"
        payload = {"ticket": after.number, "version": after.version}
        work_rows.add(connection, work_rows.ORIGINATE, key, payload, after.updated_datetime, after.priority)
    if after.stage is Stage.MERGED:
        main = merging.goes_on(connection, after)
        if main.stage in ASKED and main.phone != after.phone:
            merging.add(connection, after, main)
    elif after.stage in ASKED or (stage_before in _ANSWERED | ASKED and after.stage not in _ANSWERED):
        merging.follow(connection, after, ask=after.stage in ASKED)

"""Writes down the calls that operators place to citizens, and shows them on the operators' consoles."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.helpline import HelplineId
from router.model.calls.call_record import CallRecord
from router.phone_numbers import normalise
from router.storage.repositories.calls.call_log_repository import OUTBOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.ami.connection import AmiConnection
    from agi.console.own_calls import OwnCalls
    from agi.console.telephone import ConsoleCall
    from agi.core import Core
    from agi.journal.journal import CallNotes
    from agi.queues.call_publisher import OperatorCallPublisher
    from router.model.calls.attended_callback import AttendedCallback

STAGE: Final = "callback"
"""Where the citizen of such a call is, in the list of live calls."""
OUTCOME: Final = "operator"
"""Of a call in which citizen and operator spoke; otherwise DIALSTATUS is behind it."""
MAX_CALL_S: Final = 14_400.0
"""As WR_MAX_CALL_S in the dialplan."""


class CallbackLog:
    """The record, the journal and the console of each call.

    Args:
        core: Has the tickets.
        link: Knows the live channels.
        own: Knows in which calls operators have spoken.
        shown: Shows an operator's call.
        notes_of: Returns where what happens in a call is written down.
    """

    def __init__(
        self,
        core: Core,
        link: AmiConnection,
        own: OwnCalls,
        shown: OperatorCallPublisher,
        notes_of: Callable[[str], CallNotes],
    ) -> None:
        self._core = core
        self._channels = link.channels
        self._own = own
        self._shown = shown
        self._notes_of = notes_of
        self._rows: dict[str, tuple[CallRecord, str]] = {}

    async def calling(self, call: ConsoleCall, operator: str, callback: AttendedCallback) -> None:
        """The citizen's telephone is about to ring."""
        row = CallRecord(
            uniqueid=call.citizen,
            helpline=HelplineId(callback.helpline),
            did="",
            started=utc_now(),
            phone=callback.phone,
            language=callback.language,
        )
        self._rows[call.id] = row, operator
        self._core.desk.call_progress(row)
        self._channels.assign(call.citizen, callback.helpline, STAGE)
        notes = self._notes_of(call.citizen)
        notes.arrived(direction=OUTBOUND, trunk="", did="", helpline=callback.helpline, caller=callback.phone)
        notes.note("calls-back", operator=operator, about=callback.callback)
        self._shown.tell(
            operator,
            {
                "uniqueid": call.citizen,
                "helpline": callback.helpline,
                "caller": normalise(callback.phone).national,
                "queue": "",
                "waited_s": 0,
                "since": round(time.time()),
                "held": False,
                "callback": callback.callback,
                "stage": "calling",
            },
        )
        self._own.took(operator, call.citizen)
        await self._core.store.write(lambda uow: uow.callbacks.note(callback.phone, utc_now()))

    def speaking(self, call: ConsoleCall) -> None:
        """Citizen and operator speak with each other."""
        row, operator = self._rows[call.id]
        self._notes_of(row.uniqueid).note("taken", queue="", operator=operator, rang=0)
        self._shown.show(row.uniqueid, stage="speaking")

    async def not_reached(self, call: ConsoleCall, status: str) -> None:
        """The call has ended without them."""
        self._end(call, f"{OUTCOME}-{status.lower() or 'noanswer'}")

    async def until_over(self, call: ConsoleCall) -> None:
        """Wait until the citizen's leg has ended, and write that down."""
        async with asyncio.timeout(MAX_CALL_S):
            while (news := await call.news.get()).said not in ("over", "lost"):
                if news.said == "ended":  # the operator has gone; the citizen may speak on with others
                    self._hide(call)
        self._end(call, OUTCOME)

    def _hide(self, call: ConsoleCall) -> None:
        row, operator = self._rows[call.id]
        self._shown.over(operator, row.uniqueid)

    def _end(self, call: ConsoleCall, outcome: str) -> None:
        if call.id in self._rows:
            self._hide(call)
            row, _ = self._rows.pop(call.id)
            self._core.desk.call_progress(replace(row, ended=utc_now(), outcome=outcome))

"""Shows each operator's console the call in the operator's hand, with its ticket."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from router.debounce import Debouncer
from router.retry import retry
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from router.tickets.opening.report import Report
    from router.tickets.service import TicketService

RETRY_DELAY_S: Final = 2.0
"""Before the store is asked again for the tickets of current calls, when it did not answer."""

_log = logging.getLogger(__name__)


class OperatorCallPublisher:
    """Tells the broker of each operator's call, with its newest ticket as soon as there is one.

    It may be opened when the operator has long answered.

    Args:
        desk: Knows the tickets, and reports each that is opened.
        put: Called with an operator's id and the payload of the operator's topic.
    """

    def __init__(self, desk: TicketService, put: Callable[[str, Mapping[str, object] | None], None]) -> None:
        self._desk = desk
        self._put = put
        self._now: dict[str, Mapping[str, object]] = {}
        self._news = Debouncer(0, at_once=True)
        desk.on_open(self._opened)

    def tell(self, operator: str, call: Mapping[str, object] | None) -> None:
        """Take an operator's call, None when it is over; returns at once."""
        self._put(operator, call)
        if call is None:
            self._now.pop(operator, None)
        else:
            self._now[operator] = call
            self._news.touch()

    def show(self, uniqueid: str, **changes: object) -> None:
        """Show changed values of a call (its unique id) to whoever has it in hand; returns at once."""
        for operator, call in self._now.items():
            if call["uniqueid"] == uniqueid and any(call.get(name) != value for name, value in changes.items()):
                self._now[operator] = {**call, **changes}
                self._put(operator, self._now[operator])

    async def run(self) -> NoReturn:
        """Look for tickets until cancelled."""
        tell = partial(_log.warning, "the tickets of the calls in hand are asked for again: %s")
        troubles = (StorageUnavailableError,)
        await self._news.run(partial(retry, self._poll, delay_s=RETRY_DELAY_S, troubles=troubles, tell=tell))

    def _opened(self, report: Report) -> None:
        if any(call["uniqueid"] == report.call for call in self._now.values()):
            self._news.touch()

    async def _poll(self) -> None:
        looked = dict(self._now)
        newest = await self._desk.newest_of_calls({str(call["uniqueid"]) for call in looked.values()}) if looked else {}
        for operator, call in looked.items():
            number = newest.get(str(call["uniqueid"]))
            if number is not None and number != call.get("ticket") and self._now.get(operator) is call:
                self._now[operator] = {**call, "ticket": number}
                self._put(operator, self._now[operator])

"""Shows each operator's console the call in the operator's hand, or the one that rings, with its ticket."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from agi.dialplan import OPERATOR_PREFIX
from router.debounce import Debouncer
from router.retry import retry
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Parties = Sequence[Mapping[str, object]]

    from router.tickets.opening.report import Report
    from router.tickets.service import TicketService

RETRY_DELAY_S: Final = 2.0
"""Before the store is asked again for the tickets of current calls, when it did not answer."""

_log = logging.getLogger(__name__)


class OperatorCallPublisher:
    """Tells the broker of each operator's call, with its newest ticket as soon as there is one.

    It may be opened when the operator has long answered. A call that rings is shown as long as no other is in hand.

    Args:
        desk: Knows the tickets, and reports each that is opened.
        put: Called with an operator's id and the payload of the operator's topic.
    """

    def __init__(self, desk: TicketService, put: Callable[[str, Mapping[str, object] | None], None]) -> None:
        self._desk = desk
        self._put = put
        self._now: dict[str, Mapping[str, object]] = {}
        self._rings: dict[str, Mapping[str, object]] = {}
        self._news = Debouncer(0, at_once=True)
        self._parties: Callable[[str], Parties] = lambda _: ()
        desk.on_open(self._opened)

    def follow_parties(self, parties: Callable[[str], Parties]) -> None:
        """Show who is in each call as well.

        Args:
            parties: Returns them by a call's unique id, each with ``leg``, ``who`` and ``speaks``.
        """
        self._parties = parties

    def tell(self, operator: str, call: Mapping[str, object] | None) -> None:
        """Take an operator's call, None when it is over; returns at once."""
        if call is None:
            self._now.pop(operator, None)
        else:
            self._now[operator] = self._with_parties(call)
            self._news.touch()
        self._publish(operator)

    def ring(self, operator: str, call: Mapping[str, object] | None) -> None:
        """Take the call that an operator's telephone rings for, None when it rings no more; returns at once."""
        if (call and call["uniqueid"]) == self._rings.get(operator, {}).get("uniqueid"):
            return
        if call is None:
            del self._rings[operator]
        else:
            self._rings[operator] = self._with_parties(call)
            self._news.touch()
        self._publish(operator)

    def moved(self, uniqueids: set[str]) -> None:
        """Somebody came to one of these calls, left it, or speaks in it no more; returns at once."""
        for operator, uniqueid in [(one, str(call["uniqueid"])) for one, call in self._now.items()]:
            if uniqueid in uniqueids:
                parties = self._parties(uniqueid)
                if parties:
                    self.show(uniqueid, parties=parties)
                else:  # the caller has gone
                    self.tell(operator, None)

    def over(self, operator: str, uniqueid: str) -> None:
        """An operator has this call (its unique id) no more; returns at once."""
        if self._now.get(operator, {}).get("uniqueid") == uniqueid:
            self.tell(operator, None)

    def shown_to(self, operator: str) -> Mapping[str, object] | None:
        """The call that an operator is shown."""
        return self._now.get(operator)

    def show(self, uniqueid: str, **changes: object) -> None:
        """Show changed values of a call (its unique id) to whoever has it in hand; returns at once."""
        for operator, call in self._now.items():
            if call["uniqueid"] == uniqueid and any(call.get(name) != value for name, value in changes.items()):
                self._now[operator] = {**call, **changes}
                self._publish(operator)

    async def run(self) -> NoReturn:
        """Look for tickets until cancelled."""
        tell = partial(_log.warning, "the tickets of the calls in hand are asked for again: %s")
        troubles = (StorageUnavailableError,)
        await self._news.run(partial(retry, self._poll, delay_s=RETRY_DELAY_S, troubles=troubles, tell=tell))

    def _publish(self, operator: str) -> None:
        now = self._now.get(operator)
        self._put(operator, (now and _in_hand(operator, now)) or self._rings.get(operator))

    def _with_parties(self, call: Mapping[str, object]) -> Mapping[str, object]:
        return {**call, "parties": self._parties(str(call["uniqueid"]))}

    def _uniqueids(self) -> set[str]:
        return {str(call["uniqueid"]) for call in (*self._now.values(), *self._rings.values())}

    def _opened(self, report: Report) -> None:
        if report.call in self._uniqueids():
            self._news.touch()

    async def _poll(self) -> None:
        looked = self._uniqueids()
        newest = await self._desk.newest_of_calls(looked) if looked else {}
        for calls in (self._now, self._rings):
            for operator, call in calls.items():  # as they are now: parties may have changed meanwhile
                number = newest.get(str(call["uniqueid"]))
                if number is not None and number != call.get("ticket"):
                    calls[operator] = {**call, "ticket": number}
                    self._publish(operator)


def _in_hand(operator: str, call: Mapping[str, object]) -> Mapping[str, object] | None:
    """The call, or None once the operator has left it to others: the queue says that it is over when all have gone."""
    parties = call.get("parties")
    own = f"{OPERATOR_PREFIX}{operator}"
    if not isinstance(parties, list) or not parties or call.get("parked"):
        return call
    return call if any(party["who"] == own for party in parties) else None

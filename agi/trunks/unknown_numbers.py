"""Reports calls to numbers that a trunk delivers and ``trunks.toml`` does not name, since they are lost."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.connection import AmiConnection
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

KIND: Final = "unknown-number"
"""The alert's kind."""
ROOM: Final = "state"
EVENT: Final = "WrUnknownNumber"
"""The dialplan's own event for such a call (extensions_admission.conf)."""
MIN_CALLS: Final = 3
"""On one trunk: one or two may be misdialled or a provider's test."""
WINDOW_S: Final = 3600.0
"""How long a call counts: an alert stands until an hour has passed with fewer."""
MAX_CALLS: Final = 1000
"""Remembered: a provider that delivers every number wrongly sends hundreds an hour."""
MAX_LISTED: Final = 5
"""Numbers listed for each trunk: they share one cause."""
NO_NUMBER: Final = "no number at all"
"""Told of calls whose request line, P-Called-Party-ID and To have none."""
POLL_INTERVAL_S: Final = 5.0
"""Between polls: an alert is raised within seconds."""

_log = logging.getLogger(__name__)


class _Call(NamedTuple):
    at: float
    trunk: str
    number: str


class UnknownNumbers:
    """Counts such calls and keeps the alert.

    Args:
        link: Tells of them.
        store: For the alert.
        now: Seconds that only grow.
    """

    def __init__(self, link: AmiConnection, store: Storage, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._calls: deque[_Call] = deque(maxlen=MAX_CALLS)
        self._started = now()
        self._told = ""
        link.on_event("UserEvent", self.take)

    def take(self, event: Mapping[str, object]) -> None:
        """Count a call that Asterisk reports."""
        if event.get("UserEvent") == EVENT:
            trunk, number = str(event.get("Trunk", "")), str(event.get("Number", ""))
            self._calls.append(_Call(self._now(), trunk, number))
            said = number or NO_NUMBER
            _log.warning("a call by trunk %s to %s, which is none of its dids, was answered 404", trunk, said)

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_INTERVAL_S,
            troubles=(StorageUnavailableError,),
            tell=lambda trouble: _log.warning("calls to unknown numbers are not told for the moment: %s", trouble),
        )

    async def look(self) -> None:
        """Raise, renew or end the alert. Raises StorageUnavailableError: the next look does it."""
        while self._calls and self._calls[0].at < self._now() - WINDOW_S:
            self._calls.popleft()
        said = "; ".join(self._of_trunks())
        # After a start nothing is counted yet: what stood before stands for one more window.
        if said == self._told or (not said and self._now() < self._started + WINDOW_S and not self._told):
            return
        await self._store.write(partial(_tell, said=said), outbox=True)
        self._told = said

    def _of_trunks(self) -> list[str]:
        by_trunk = Counter(call.trunk for call in self._calls)
        return [
            f"trunk {trunk}: {', '.join(self._numbers(trunk))}"
            for trunk, count in sorted(by_trunk.items())
            if count >= MIN_CALLS
        ]

    def _numbers(self, trunk: str) -> list[str]:
        numbers = Counter(call.number for call in self._calls if call.trunk == trunk)
        return [number or NO_NUMBER for number, _ in numbers.most_common(MAX_LISTED)]


def _tell(uow: UnitOfWork, *, said: str) -> None:
    """Runs in the writer's thread."""
    if said:
        what = f"calls are lost: they come to numbers that trunks.toml does not name ({said}); add them to dids"
        what_hi = f"कॉल छूट रही हैं: वे ऐसे नंबरों पर आ रही हैं जो trunks.toml में नहीं हैं ({said})"
        uow.alerts.raise_alert(KIND, ROOM, {"what": what, "what_hi": what_hi})
    else:
        uow.alerts.end_alert(KIND, ROOM)

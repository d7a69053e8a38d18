"""A condition, and the watch that raises an alert while it holds."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from router.errors import WarroomError
from router.geo import STATE_ROOM
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)


class UnknownConditionError(WarroomError):
    """Whether a condition holds is unknown now; its alert stays as it is."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a condition holds.

    Attributes:
        what: The fault, for an admin. Without running counters, since each new text is a new message.
        what_hi: For the state room.
        remedy: The command that mends it, or shows more.
    """

    what: str
    what_hi: str
    remedy: str

    def data(self) -> Mapping[str, object]:
        """Return the data of the alert."""
        return {"what": self.what, "what_hi": self.what_hi, "remedy": self.remedy}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    Attributes:
        kind: Of its alert.
        check: Returns the trouble, None when there is none. Raises WarroomError when it is unknown.
        looks: In a row with trouble before the alert is raised: what passes by itself raises none.
        calm: Looks in a row without trouble before the alert ends, so that it does not flutter.
    """

    kind: str
    check: Callable[[], Awaitable[Trouble | None]]
    looks: int = 1
    calm: int = 1


class ConditionWatch:
    """Looks at conditions again and again, and keeps their alerts to the state room.

    Args:
        store: For the alerts.
        conditions: Each of a kind of its own.
        every_s: Seconds between two looks.
    """

    def __init__(self, store: Storage, conditions: Sequence[Condition], every_s: float) -> None:
        self._store = store
        self._conditions = conditions
        self._every_s = every_s
        self._bad = dict.fromkeys((one.kind for one in conditions), 0)
        self._good = dict.fromkeys((one.kind for one in conditions), 0)
        self._unknown: set[str] = set()

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        await poll_forever(
            self.look,
            every_s=self._every_s,
            troubles=(StorageUnavailableError,),
            tell=lambda trouble: _log.warning("alerts wait: %s", trouble),
        )

    async def look(self) -> None:
        """Look once at all; raise and end alerts.

        Raises:
            StorageUnavailableError: The next poll reports it.
        """
        wanted: dict[str, Mapping[str, object] | None] = {}
        for condition in self._conditions:
            try:
                trouble = await condition.check()
            except WarroomError as error:
                if condition.kind not in self._unknown:
                    _log.warning("%s cannot be told for the moment: %s", condition.kind, error)
                self._unknown.add(condition.kind)
                continue
            self._unknown.discard(condition.kind)
            if self._lasts(condition, trouble):
                wanted[condition.kind] = trouble.data() if trouble else None
        standing = {
            alert.kind: alert.data
            for alert in await self._store.read(lambda uow: uow.alerts.active())
            if alert.kind in wanted
        }
        changed = {kind: data for kind, data in wanted.items() if data != standing.get(kind)}
        if changed:
            _tell_log(changed)
            await self._store.write(partial(_set_alerts, changed=changed), outbox=True)

    def _lasts(self, condition: Condition, trouble: Trouble | None) -> bool:
        """Whether it has lasted long enough to be reported."""
        kind = condition.kind
        self._bad[kind] = self._bad[kind] + 1 if trouble else 0
        self._good[kind] = 0 if trouble else self._good[kind] + 1
        return self._bad[kind] >= condition.looks or self._good[kind] >= condition.calm


def _set_alerts(uow: UnitOfWork, *, changed: Mapping[str, Mapping[str, object] | None]) -> None:
    """Runs in the writer's thread."""
    for kind, data in changed.items():
        if data:
            uow.alerts.raise_alert(kind, STATE_ROOM, data)
        else:
            uow.alerts.end_alert(kind, STATE_ROOM)


def _tell_log(changed: Mapping[str, Mapping[str, object] | None]) -> None:
    for kind, data in changed.items():
        if data:
            _log.warning("alert %s: %s; %s", kind, data["what"], data["remedy"])
        else:
            _log.warning("alert %s has ended", kind)

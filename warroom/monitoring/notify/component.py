"""The component that sends alerts outside the war room, and says by itself when the database is away."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NoReturn

from router.clock import utc_now
from router.component import Component
from router.geo import STATE_ROOM
from router.model.rooms.alert import Alert
from router.polling import log_trouble, poll_forever
from router.storage.errors import StorageUnavailableError
from warroom.monitoring.conditions.condition import Condition, ConditionWatch, Trouble
from warroom.monitoring.notify.channels import make_channels
from warroom.monitoring.notify.message import AlertLine, AlertMessage
from warroom.monitoring.notify.notifier import Notifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from router.component import Work
    from router.storage.engine import Storage
    from warroom.config.alert_settings import AlertSettings

KIND: Final = "database"
"""Of the alert that the database is away: it cannot stand in the database."""
AWAY_LOOKS: Final = 3
"""In a row: a database that is locked for a moment is back with the next look."""

_log = logging.getLogger(__name__)


class NotificationComponent(Component):
    """Reads the active alerts and has each channel send the due messages.

    Args:
        store: Has the alerts.
        data: The data directory.
        settings: Of alerts.
        conditions: Further conditions of the process that has this component.

    Attributes:
        database_up: Whether the last look could write to the database.
    """

    name = "notifications"

    def __init__(
        self, store: Storage, data: Path, settings: AlertSettings, conditions: Sequence[Condition] = ()
    ) -> None:
        self._store = store
        self._every_s = settings.poll_s
        self._notifiers = [Notifier(store, channel, settings) for channel in make_channels(data, settings)]
        failed = Condition("notification-failed", self._failure)
        self._conditions = ConditionWatch(store, [*conditions, failed], settings.poll_s)
        self._away_looks = 0
        self._away_since: datetime | None = None
        self._told_away: dict[Notifier, AlertLine] = {}
        self.database_up = True

    def background(self) -> Iterable[Work]:
        """Poll until cancelled."""
        return self._run(), self._conditions.run()

    async def _run(self) -> NoReturn:
        await poll_forever(
            self.look,
            every_s=self._every_s,
            troubles=(Exception,),  # the component that reports faults outlives its own
            tell=lambda trouble: log_trouble(_log, "alerts are not sent for the moment", trouble),
        )

    async def look(self) -> None:
        """Look once. Raises StorageUnavailableError: the database is away; that is sent when it lasts."""
        try:
            await self._store.write(lambda uow: uow.clock.checkpoint())  # something that is written all the same
            standing = await self._store.read(lambda uow: uow.alerts.active())
        except StorageUnavailableError as error:
            self.database_up = False
            self._away_looks += 1
            self._away_since = self._away_since or utc_now()
            if self._away_looks >= AWAY_LOOKS:
                await self._tell_away(str(error))
            raise
        self.database_up, self._away_looks, self._away_since = True, 0, None
        for notifier in self._notifiers:
            if line := self._told_away.get(notifier):
                if notifier.may_send() and await notifier.send(AlertMessage(utc_now(), mended=(line,))):
                    del self._told_away[notifier]
            else:
                await notifier.look(standing)

    async def _tell_away(self, why: str) -> None:
        alert = Alert(KIND, STATE_ROOM, self._away_since or utc_now(), {"what": why})
        for notifier in self._notifiers:
            line = AlertLine.of(alert)
            if notifier in self._told_away or not notifier.may_send():
                continue
            if await notifier.send(AlertMessage(utc_now(), new=(line,))):
                self._told_away[notifier] = line

    async def _failure(self) -> Trouble | None:
        failed = [notifier.failure for notifier in self._notifiers if notifier.failure]
        if not failed:
            return None
        return Trouble(
            f"alerts are not sent: {'; '.join(failed)}",
            "चेतावनी ई-मेल या वेबहुक से नहीं जा रही है",
            "warroom alerts test",
        )

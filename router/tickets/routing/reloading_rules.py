"""The rules in force, reloaded whenever their file changes."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from router.geo import STATE_ROOM
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.tickets.routing.rule_file import RulesError, read_rules, shipped_rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from router.geo import Places
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.routing.rules import Rules

POLL_INTERVAL_S = 2.0  # an admin who has saved a file looks at the log some seconds later
ALERT = "routes"
"""The kind of alert that the admin's own rules cannot be used."""

_MAX_SHOWN = 20  # problems in an alert; the log and `warroom routes check` have all

_log = logging.getLogger(__name__)

Mark = tuple[int, int, int] | None


class ReloadingRules:
    """The rules in force, reloaded when the file changes.

    An admin's own file takes the place of the rules that come with the program. One with a mistake changes nothing:
    the rules before it stay in force (at the start: those that come with the program), the log says why, and so does
    an alert to the state's room until the file is right or gone.

    Args:
        places: What rules may name.
        own: The admin's file, which need not exist; None: there is none.

    Attributes:
        rules: Those in force.

    Raises:
        RulesError: the rules that come with the program do not fit the places.
    """

    def __init__(self, places: Places, own: Path | None = None) -> None:
        self._places = places
        self._own = own
        self._shipped = shipped_rules(places)
        self._mark: Mark = None
        self._problems: tuple[str, ...] = ()
        self._told: tuple[str, ...] | None = None
        self.rules: Rules = self._shipped

    def look(self) -> None:
        """Read the admin's file if it is another than before. Blocks: not for the event loop."""
        mark = self._present_mark()
        if mark == self._mark or self._own is None:
            return
        self._mark = mark
        try:
            rules = self._shipped if mark is None else read_rules(self._own, self._places)
        except RulesError as error:
            self._problems = error.problems
            for problem in error.problems:
                _log.error("rules not taken, %s stay in force: %s", self.rules.source, problem)
            return
        self._problems = ()
        self.rules = rules
        _log.info("rules in force: %s, %d of them", rules.source, len(rules.rules))

    async def run(self, store: Storage) -> NoReturn:
        """Poll for changes until cancelled, and keep the alert up to date."""
        tell = partial(_log.warning, "the alert on the rules waits: %s")
        look = partial(self._look_and_tell, store)
        await poll_forever(look, every_s=POLL_INTERVAL_S, troubles=(StorageUnavailableError,), tell=tell)

    async def _look_and_tell(self, store: Storage) -> None:
        await asyncio.to_thread(self.look)
        problems = self._problems
        if self._told != problems:
            await store.write(partial(_tell, problems), outbox=True)
            self._told = problems

    def _present_mark(self) -> Mark:
        """What changes when the file does, or is replaced; None while there is none."""
        try:
            stat = self._own.stat() if self._own else None
        except OSError:
            return None
        return stat and (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _tell(problems: Sequence[str], uow: UnitOfWork) -> None:
    if problems:
        data = {
            "what": "the state's own rules have mistakes; the rules before them stay in force",
            "problems": list(problems[:_MAX_SHOWN]),
            "count": len(problems),
            "remedy": "warroom routes check FILE names each with its line; a file put right is taken by itself",
        }
        uow.alerts.raise_alert(ALERT, STATE_ROOM, data)
    else:
        uow.alerts.end_alert(ALERT, STATE_ROOM)

"""Conditions of calls: trunks down, no calls, lines full, queues without operators."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from router.clock import MICROSECONDS, utc_now
from router.india import local
from warroom.config.apply.trunks import applied_trunks
from warroom.monitoring.conditions.condition import Trouble
from warroom.monitoring.trunk_status import read_links

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from datetime import datetime
    from pathlib import Path

    from agi.queues.schema import Operators
    from agi.settings import CallSettings
    from agi.trunks.schema import Trunks
    from router.storage.engine import Storage
    from warroom.config.alert_settings import AlertSettings
    from warroom.config.asterisk.console import AsteriskConsole
    from warroom.monitoring.trunk_status import TrunkLink

REGISTERED: Final = "Registered"


class TrunkDown:
    """Trunks that do not answer OPTIONS, or are not registered.

    Args:
        data: The data directory.
        console: Of Asterisk.
    """

    def __init__(self, data: Path, console: AsteriskConsole) -> None:
        self._data = data
        self._console = console

    async def check(self) -> Trouble | None:
        """Check. Raises AsteriskError or TrunksError: the state is unknown now."""
        trunks, found = await asyncio.to_thread(self._read)
        down = [why for trunk in trunks.trunk if (why := why_down(trunk.name, found[trunk.name]))]
        if not down:
            return None
        names = ", ".join(name for name, _ in down)
        return Trouble(
            "; ".join(f"trunk {name} {why}" for name, why in down),
            f"फ़ोन लाइन (ट्रंक) बंद है: {names}; उस लाइन से कॉल न आ रही हैं, न जा रही हैं",
            "warroom trunks list",
        )

    def _read(self) -> tuple[Trunks, Mapping[str, TrunkLink]]:
        trunks = applied_trunks(self._data)
        return trunks, read_links(trunks, self._console)


def why_down(name: str, status: TrunkLink) -> tuple[str, str] | None:
    """Return a trunk's name with its trouble; None when there is none, or nothing is known yet."""
    if status.registration not in ("", REGISTERED):
        return name, f"is not registered ({status.registration})"
    return (name, "does not answer (OPTIONS)") if status.reachable == "no" else None


class NoCalls:
    """No call was answered for a while by day, on a system that has had calls before.

    Args:
        store: Has the log of calls.
        settings: How long, and which hours are the day.
        now: The clock, UTC.
    """

    def __init__(self, store: Storage, settings: AlertSettings, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._settings = settings
        self._now = now

    async def check(self) -> Trouble | None:
        """Check. Raises StorageUnavailableError: the state is unknown now."""
        limit_s, now = self._settings.no_call_minutes * 60, self._now()
        here = local(now)
        if not limit_s or not self._settings.day_from_hour <= here.hour < self._settings.day_until_hour:
            return None
        last = await self._store.read(lambda uow: uow.call_log.last_answered())
        if last is None:
            return None
        morning = here.replace(hour=self._settings.day_from_hour, minute=0, second=0, microsecond=0)
        if now.timestamp() - max(last / MICROSECONDS, morning.timestamp()) < limit_s:
            return None
        return Trouble(
            f"no call has been answered for {self._settings.no_call_minutes:g} minutes",
            "काफ़ी देर से कोई कॉल नहीं आई है: फ़ोन लाइन जाँचें",
            "warroom trunks list, then call the number from any telephone",
        )


class LinesFull:
    """All lines, or all channels of a trunk, are in use.

    Args:
        by_line: Returns channels and callers by trunk.
        trunks: Returns the trunks in force.
        settings: Returns the settings of calls in force.
    """

    def __init__(
        self,
        by_line: Callable[[], Mapping[str, Mapping[str, int]]],
        trunks: Callable[[], Trunks],
        settings: Callable[[], CallSettings],
    ) -> None:
        self._by_line = by_line
        self._trunks = trunks
        self._settings = settings

    async def check(self) -> Trouble | None:
        """Check. Raises TrunksError: the state is unknown now."""
        lines = self._by_line()
        callers = sum(line["callers"] for line in lines.values())
        trunks = await asyncio.to_thread(self._trunks)
        full = [
            f"trunk {trunk.name} ({trunk.channels} channels)"
            for trunk in trunks.trunk
            if lines.get(trunk.name, {}).get("channels", 0) >= trunk.channels
        ]
        if callers >= (most := self._settings().ordinary):
            full.insert(0, f"all {most} lines of calls.max_calls that are for everybody")
        if not full:
            return None
        return Trouble(
            f"in use to the last: {', '.join(full)}; further callers hear the busy tone",
            "सभी लाइनें व्यस्त हैं: नए लोगों की कॉल नहीं लग रही",
            "warroom calls live, warroom capacity",
        )


class QueueUnattended:
    """Queues of operators in which nobody takes calls, while a helpline is open whose callers wait there.

    Args:
        operators: Returns the operators in force.
        staffed: Returns the queues with at least one member.
        expected: Whether a helpline whose callers go to queues is open now.
    """

    def __init__(
        self,
        operators: Callable[[], Awaitable[Operators]],
        staffed: Callable[[], Collection[str]],
        expected: Callable[[], bool],
    ) -> None:
        self._operators = operators
        self._staffed = staffed
        self._expected = expected

    async def check(self) -> Trouble | None:
        """Look."""
        operators = await self._operators()
        empty = sorted({queue for one in operators.operator for queue in one.queues} - set(self._staffed()))
        if not empty or not self._expected():
            return None
        return Trouble(
            f"nobody takes calls in these queues: {', '.join(empty)}",
            "इन कतारों में कोई ऑपरेटर नहीं है: " + ", ".join(empty),
            "warroom queues, then warroom operators login ID",
        )

"""Reachability checks of `warroom doctor`: is anybody rung for danger to life, for 104, for a person?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agi.destinations.loader import HelplinesError, read_helplines
from agi.queues.loader import OperatorsError
from agi.trunks.loader import TrunksError
from router.clock import utc_now
from router.geo import PlacesError, load_places
from router.storage.errors import StorageUnavailableError
from router.tickets.operator_presence import OperatorPresence
from warroom.cli.common import open_storage
from warroom.cli.doctor.finding import DoctorFinding
from warroom.config.apply.dead_ends import dead_ends
from warroom.config.apply.operators import applied_operators
from warroom.config.apply.trunks import applied_trunks
from warroom.config.paths import DataDirectory
from warroom.services.store.presence import StoreMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from router.tickets.operator_presence import OperatorAttendance
    from warroom.config.settings import Settings


def reachability(data: Path, settings: Settings) -> Iterator[DoctorFinding]:
    """Yield dead ends of the configuration in force, and whether any operator is logged in while helplines are open."""
    try:
        found = dead_ends(data, settings.calls, applied_trunks(data))
        for one in found:
            yield DoctorFinding("reachability", "wrong", one.what, one.mend)
        if lost := _unattended(data):
            yield lost
        elif not found:
            yield DoctorFinding("reachability", "ok", "danger to life, 104 and persons: somebody can be rung")
    except (HelplinesError, OperatorsError, PlacesError, TrunksError):
        return  # reported with the file
    except (StoreMissingError, StorageUnavailableError):
        return  # reported with the store


def _unattended(data: Path) -> DoctorFinding | None:
    """That nobody is at work though helplines whose callers go to operators are open."""
    operators = applied_operators(data)
    if not operators.operator:
        return None  # reported as a dead end
    present = asyncio.run(_present(data))
    if any(present.get(one.id) and present[one.id].present for one in operators.operator):
        return None
    helplines = read_helplines(DataDirectory(data).helplines, load_places())
    numbered = set(applied_trunks(data).dids.values())
    now = utc_now()
    waiting = [
        one.id
        for one in helplines.by_id.values()
        if one.id in numbered and "queue" in one.chains.get("operator", ()) and one.hours.open_at(now)
    ]
    if not waiting:
        return None
    return DoctorFinding(
        "reachability",
        "wrong",
        f"no operator is at work, and these are open now: {', '.join(waiting)}",
        "warroom operators login ID",
    )


async def _present(data: Path) -> dict[str, OperatorAttendance]:
    async with open_storage(data) as store:
        return await OperatorPresence(store).all()

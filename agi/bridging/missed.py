"""Who was in a bridge and how long, by Asterisk's own books: for talks that began or ended while nobody listened."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from agi.ami.picture import ANNOUNCER, line_of
from agi.bridging.call import CEILING_S, CITIZEN
from router.store import book_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.store.book_rows import CelRow
    from router.store.store import Store

FAR_HALF: Final = ".out"
"""How the unique ids end of those who only join a Local channel of ours to who is behind it."""
_ANNOUNCER: Final = line_of(ANNOUNCER)


class Spell(NamedTuple):
    """Somebody's time in a bridge.

    Attributes:
        uniqueid: Of the channel.
        who: ``citizen``, or the name of the trunk or telephone.
        began: Aware, UTC.
        seconds: How long.
    """

    uniqueid: str
    who: str
    began: datetime
    seconds: int


async def events_of(store: Store, bridge: str) -> list[CelRow]:
    """Return who entered and left a bridge, as far as the books have been read, in their order.

    Raises:
        StoreUnavailable: it cannot be told now.
    """
    first = datetime.now(UTC).timestamp() - CEILING_S  # no bridge is older than the longest call
    return await store.read(partial(book_rows.of_bridge, bridge=bridge, first=first))


def spells(events: Iterable[CelRow]) -> list[Spell] | None:
    """Return everybody's time in a bridge; None while somebody is in it by these events, or there are none."""
    found = []
    for uniqueid, group in groupby(sorted(events, key=lambda one: (one.uniqueid, one.at)), lambda one: one.uniqueid):
        own = list(group)
        if uniqueid.endswith(FAR_HALF) or own[0].line == _ANNOUNCER:
            continue
        if own[-1].event != book_rows.LEFT:
            return None
        first, last = (datetime.fromtimestamp(one.at / 1_000_000, UTC) for one in (own[0], own[-1]))
        who = CITIZEN if own[0].linkedid == uniqueid else own[0].line
        found.append(Spell(uniqueid, who, first, round((last - first).total_seconds())))
    return found or None

"""Facilities in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.geo.facilities import ServingPlace, nearest
from router.storage.portable import insert_or_replace
from router.storage.readable import readable
from router.storage.schema import facilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_OF_A_PIN = 20  # a PIN code has a handful of each kind; a ticket's transaction waits for no more
_MAX_CANDIDATES = 50  # in each direction of the PIN codes: among so many some are open when any is

_PUT = insert_or_replace(facilities)
_DOCUMENT = sa.select(facilities.c.document)
_KINDS = facilities.c.kind.in_(sa.bindparam("kinds", expanding=True))
_OF_PIN = _DOCUMENT.where(_KINDS, facilities.c.zipcode == sa.bindparam("pin")).limit(_OF_A_PIN)
_IN_DISTRICT = _DOCUMENT.where(facilities.c.kind == sa.bindparam("one"), facilities.c.district == sa.bindparam("there"))
_FROM = _IN_DISTRICT.where(facilities.c.zipcode >= sa.bindparam("pin")).order_by(facilities.c.zipcode)
_BELOW = _IN_DISTRICT.where(facilities.c.zipcode < sa.bindparam("pin")).order_by(facilities.c.zipcode.desc())


class FacilityRepository:
    """Facilities."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def upsert(self, some: Sequence[ServingPlace]) -> None:
        """Write places, each in the place of the one with the same kind and code."""
        rows = [
            {
                "kind": place.kind,
                "code": place.code,
                "district": place.district,
                "zipcode": place.zipcode,
                "document": place.model_dump_json(),
            }
            for place in some
        ]
        if rows:
            self._connection.execute(_PUT, rows)

    def list_facilities(
        self, *, kind: str | None, district: str | None, zipcode: str | None, limit: int
    ) -> list[ServingPlace]:
        """Return places in the order of kind, district, PIN and code."""
        columns = facilities.c
        query = _DOCUMENT.order_by(columns.kind, columns.district, columns.zipcode, columns.code).limit(limit)
        for column, wanted in ((columns.kind, kind), (columns.district, district), (columns.zipcode, zipcode)):
            if wanted is not None:
                query = query.where(column == wanted)
        return _parsed(self._connection.execute(query).scalars())

    def of_pin(self, kinds: Sequence[str], zipcode: str, now: datetime, count: int) -> list[ServingPlace]:
        """Return places of some kinds in a PIN code, those open now first."""
        if not kinds or not zipcode:
            return []
        found = _parsed(self._connection.execute(_OF_PIN, {"kinds": list(kinds), "pin": zipcode}).scalars())
        return nearest(found, zipcode, now, count)

    def near(self, kinds: Sequence[str], district: str, zipcode: str, now: datetime, count: int) -> list[ServingPlace]:
        """Return places of some kinds in a district, best first: open before closed, then the same PIN code."""
        found: list[str] = []
        for kind in kinds:
            for query in (_FROM, _BELOW) if zipcode else (_FROM,):
                where = {"one": kind, "there": district, "pin": zipcode}
                found += self._connection.execute(query.limit(_MAX_CANDIDATES), where).scalars()
        return nearest(_parsed(found), zipcode, now, count)


def _parsed(documents: Iterable[str]) -> list[ServingPlace]:
    return readable(ServingPlace, documents)

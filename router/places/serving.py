"""Places that serve: fair price shops, community kitchens, chemists, pumps. Their kinds are data, they are imported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from router.places.errors import PlacesError
from router.places.hours import Hours
from router.places.table import Unique, read_table

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from datetime import datetime
    from importlib.resources.abc import Traversable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of places.

    Attributes:
        id: Such as "pds".
        name: English name.
        name_hi: Hindi name.
        needs: Ids of the needs it serves.
    """

    id: str
    name: str
    name_hi: str
    needs: tuple[str, ...]


class ServingPlace(BaseModel):
    """A place where people get what they need."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """A kind's id."""
    code: str
    """The authority's own number of it, unique within its kind."""
    name: str
    name_hi: str = ""
    district: str
    zipcode: str
    """The PIN code."""
    phone: str = ""
    """Digits as dialled in India; empty when none is known."""
    hours: str = ""
    """As ``router.places.hours`` reads them; empty when not known."""

    def open_at(self, when: datetime) -> bool:
        """Whether it is open, as far as is known."""
        return Hours(self.hours).open_at(when)


class Kinds:
    """The kinds of places; immutable.

    Attributes:
        by_id: In the order of the table.
    """

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.by_id = MappingProxyType(dict(kinds))

    def serving(self, need: str) -> tuple[str, ...]:
        """Return the ids of the kinds that serve a need."""
        return tuple(kind.id for kind in self.by_id.values() if need in kind.needs)


def load_kinds(needs: Container[str], directory: Path | None = None) -> Kinds:
    """Read kinds.csv.

    Args:
        needs: The ids of all needs.
        directory: Where it lies; None for the one that comes with the program.

    Raises:
        PlacesError: with every problem, each with its line.
    """
    source: Traversable = files("router.places").joinpath("data") if directory is None else directory
    problems: list[str] = []
    ids = Unique()
    found: dict[str, Kind] = {}
    for row in read_table(source, "kinds.csv", ("id", "name", "name_hi", "needs"), problems) or ():
        kind = Kind(row.id(), row.name(), row.name_hi(), row.ids("needs", needs, "needs.csv"))
        ids.check(row, kind.id, f"kind {kind.id!r}")
        found[kind.id] = kind
    if problems:
        raise PlacesError(problems)
    return Kinds(found)


def nearest(candidates: list[ServingPlace], zipcode: str, now: datetime, count: int) -> list[ServingPlace]:
    """Return the places to send somebody to, best first: open before closed, then near.

    Near is the same PIN code, then the PIN codes whose numbers are nearest: neighbouring delivery offices have
    neighbouring numbers. Places known to be closed all week are left out.
    """

    def order(place: ServingPlace) -> tuple[bool, int, str]:
        apart = abs(int(place.zipcode) - int(zipcode)) if zipcode else 0
        return (not place.open_at(now), apart, place.code)

    return sorted((place for place in candidates if not Hours(place.hours).never), key=order)[:count]

"""Facilities: fair price shops, community kitchens, chemists, pumps. Their kinds are data; they are imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from router.geo.opening_hours import parse_hours

if TYPE_CHECKING:
    from datetime import datetime


SEVERAL: Final = " / "
"""Between the telephone numbers of a place."""


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
    """A place that serves a need of citizens."""

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
    """Digits as dialled in India, several numbers divided by `SEVERAL`; empty when none is known."""
    hours: str = ""
    """As ``router.geo.opening_hours`` reads them; empty when not known."""

    def open_at(self, when: datetime) -> bool:
        """Whether it is open, as far as is known."""
        return parse_hours(self.hours).open_at(when)


def nearest(candidates: list[ServingPlace], zipcode: str, now: datetime, count: int) -> list[ServingPlace]:
    """Return places to send a citizen to, best first: open before closed, then near.

    Near is the same PIN code, then the PIN codes whose numbers are nearest: neighbouring delivery offices have
    neighbouring numbers. Places known to be closed all week are left out.
    """

    def order(place: ServingPlace) -> tuple[bool, int, str]:
        apart = abs(int(place.zipcode) - int(zipcode)) if zipcode else 0
        return (not place.open_at(now), apart, place.code)

    return sorted((place for place in candidates if not parse_hours(place.hours).never), key=order)[:count]

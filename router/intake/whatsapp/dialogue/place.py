"""Finds the district, or the other state, that an answer names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.geo.names import folded
from router.intake.locate import distance_km, find_postal_code, locate_district

if TYPE_CHECKING:
    from router.geo import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of a place after an answer.

    Attributes:
        district: Its id, when it is certain.
        state: Id of another state, when the place is there.
        zipcode: The PIN code, if one was written.
        candidates: Districts it may be in, the likeliest first, when it is not certain.
        outside: Whether it may be in another state.
        states: Other states it may be in, the likeliest first.
    """

    district: str | None = None
    state: str | None = None
    zipcode: str = ""
    candidates: tuple[str, ...] = ()
    outside: bool = False
    states: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether a room follows from it."""
        return self.district is not None or self.state is not None


def of_text(text: str, places: Places) -> Place:
    """Return the place that an answer names by its PIN code, or as a name alone; what else it says is for NLU."""
    pin = find_postal_code(text)
    if pin:
        districts = tuple(district.id for district in places.by_pin(pin))
        state = places.state_of_pin(pin)
        if len(districts) > 1:
            named = locate_district(places, zipcode=pin, lat=None, long=None, address=text)
            return Place(district=named, zipcode=pin, candidates=() if named else districts)
        if districts or state:
            return Place(district=districts[0] if districts else None, state=state.id if state else None, zipcode=pin)
    name = folded(text)
    state_named = next(
        (s.id for s in places.states.values() if name in (folded(s.name), folded(s.name_hi)) and s != places.home), None
    )
    if state_named:
        return Place(state=state_named)
    return Place(district=locate_district(places, zipcode="", lat=None, long=None, address=text), zipcode=pin)


_BEYOND_KM: Final = 110.0
"""Farther from every town of the state than this is surely another state: half as much again as the widest district."""
_CITY_KM: Final = 100.0
"""So near to a large town of another state, and twice as near as to any of ours, a place is in that state."""
_CLEARLY: Final = 2.0
_SPARE_KM: Final = 30.0
_MAX_CANDIDATES: Final = 6
_MAX_STATES: Final = 8


def of_location(lat: float, long: float, places: Places) -> Place:
    """Return the place of a point: a district where that is certain, else what it may be, to be asked back.

    Districts are known by their towns alone, so that near a border it is asked.

    Args:
        lat: Degrees north (WGS 84).
        long: Degrees east.
        places: Districts, and towns of other states.
    """
    towns = sorted((distance_km(lat, long, d.latitude, d.longitude), d.id) for d in places.districts.values())
    cities = sorted((distance_km(lat, long, c.latitude, c.longitude), c.state) for c in places.cities)
    nearest = towns[0][0]
    city, state = cities[0] if cities else (math.inf, None)
    if city <= _CITY_KM and city * _CLEARLY <= nearest:
        return Place(state=state)
    states = tuple(dict.fromkeys(state for _, state in cities))[:_MAX_STATES]
    if nearest > _BEYOND_KM:
        return Place(outside=True, states=states)
    district = locate_district(places, zipcode="", lat=lat, long=long)
    if district and nearest <= city:
        return Place(district=district)
    likely = tuple(d for km, d in towns if km <= max(nearest * _CLEARLY, nearest + _SPARE_KM))[:_MAX_CANDIDATES]
    return Place(candidates=likely, outside=city <= nearest * _CLEARLY or nearest > _SPARE_KM, states=states)

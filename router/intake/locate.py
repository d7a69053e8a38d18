"""Finds the district, and so the room, from a sender's description of a place."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from router.digits import plain
from router.geo.names import folded

if TYPE_CHECKING:
    from router.geo import Places

_PIN = re.compile(r"(?<![0-9])[1-9][0-9]{2} ?[0-9]{3}(?![0-9])")
_PARTS = re.compile(r"[,;।\n(){}-]+")
_NOT_NAMES = re.compile(  # words beside a district's name in an address; folded
    r"[0-9]+|\bm\.?\s?p\b\.?|\bmadhya pradesh\b|\bindia\b|\bdist(t|rict)?\b\.?|\bzila\b|\bpin( ?code)?\b"
    r"|मध्य प्रदेश|म\.?\s?प्र\.?|भारत|जिला|[.:]"
)
_NEAR_KM = 80.0  # half the width of the largest district; farther from its town than this nobody can say
_CLEARLY = 2.0  # twice as near to one town as to any other: then a border between them is surely not crossed
_KM_PER_DEGREE = 111.2


def find_postal_code(text: str) -> str:
    """Return the PIN code written in an address, the last of them, as Indian addresses end; empty when none is."""
    found = _PIN.findall(plain(text))
    return found[-1].replace(" ", "") if found else ""


def locate_district(
    places: Places, *, zipcode: str, lat: float | None, long: float | None, address: str = ""
) -> str | None:
    """Return the district of a place, None when it is not certain: the state's room then finds out.

    Args:
        places: Districts and PIN codes.
        zipcode: Six digits, or empty.
        lat: Degrees north.
        long: Degrees east.
        address: As people write it; its district's name counts when nothing else says where.
    """
    by_pin = [district.id for district in places.by_pin(zipcode)]
    if len(by_pin) == 1:
        return by_pin[0]
    if lat is None or long is None:
        named = None if zipcode and not by_pin else _named(places, address)
        return named if not by_pin or named in by_pin else None
    nearest = _nearest(places, lat, long)
    return nearest if not by_pin or nearest in by_pin else None


def _named(places: Places, address: str) -> str | None:
    """Return the one district whose name is a part of an address by itself, or ends it: ``Kolar Road, Bhopal, MP``.

    Within other words a name may be anything: "Sagar Apartments" are not in Sagar, "Bhopal Road" is in Indore.
    """
    names = {folded(name): d.id for d in places.districts.values() for name in (d.name, d.name_hi)}
    parts = [part for piece in _PARTS.split(plain(address)) if (part := _NOT_NAMES.sub(" ", folded(piece)).split())]
    found = {names[name] for part in parts if (name := " ".join(part)) in names}
    if not found and parts:
        ends = (" ".join(parts[-1][-words:]) for words in (1, 2))
        found = {names[end] for end in ends if end in names}
    return found.pop() if len(found) == 1 else None


def _nearest(places: Places, lat: float, long: float) -> str | None:
    """Return the district whose town is near, and clearly nearer than any other's."""
    towns = sorted((distance_km(lat, long, d.latitude, d.longitude), d.id) for d in places.districts.values())
    (first, district), (second, _) = towns[:2]
    return district if first <= _NEAR_KM and first * _CLEARLY <= second else None


def distance_km(lat: float, long: float, town_lat: float, town_long: float) -> float:
    """Return the distance on a flat map about the town: within a hundred kilometres right to one per cent."""
    east = (long - town_long) * math.cos(math.radians(town_lat))
    return math.hypot(lat - town_lat, east) * _KM_PER_DEGREE

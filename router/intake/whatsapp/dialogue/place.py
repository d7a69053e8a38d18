"""Finds the district, or the other state, that an answer names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from router.geo.names import folded
from router.intake.locate import find_postal_code, locate_district

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
    """

    district: str | None = None
    state: str | None = None
    zipcode: str = ""
    candidates: tuple[str, ...] = ()
    outside: bool = False

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

"""Districts, divisions, states, needs and facilities: data an admin may change, checked when loaded."""

from router.geo.errors import PlacesError
from router.geo.gazetteer import Places
from router.geo.loader import load_places
from router.geo.model import DESKS, GROUPS, SECRETARY, STATE_ROOM, ControlRoom, District, Division, IndianState, Need

__all__ = [
    "DESKS",
    "GROUPS",
    "SECRETARY",
    "STATE_ROOM",
    "ControlRoom",
    "District",
    "Division",
    "IndianState",
    "Need",
    "Places",
    "PlacesError",
    "load_places",
]

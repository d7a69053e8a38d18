"""Districts, divisions, states, needs: data an admin may change, checked on load."""

from router.places.errors import PlacesError
from router.places.load import load_places
from router.places.model import DESKS, GROUPS, SECRETARY, STATE_ROOM, District, Division, Need, Room, State
from router.places.places import Places

__all__ = [
    "DESKS",
    "GROUPS",
    "SECRETARY",
    "STATE_ROOM",
    "District",
    "Division",
    "Need",
    "Places",
    "PlacesError",
    "Room",
    "State",
    "load_places",
]

"""Names that an admin types: one that there is not is an error with those that are near, never an empty list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import WRatio

from router.geo import load_places
from warroom.cli.common import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 3
_ALIKE = 70.0  # of 100: `rashn` is `ration` (76), and `bopal` is `district-bhopal` (80)


def known_room(typed: str) -> str:
    """Return a room that was typed: one that gets tickets, or alerts on late ones.

    Raises:
        UnknownNameError: there is none of this name; the text has near ones.
    """
    places = load_places()
    rooms = (room.id for room in (*places.rooms, *places.overseers))
    return known_name("--room", typed, rooms, see="warroom rooms list")


def known_name(option: str, typed: str, names: Iterable[str], *, see: str = "") -> str:
    """Return a name that was typed.

    Args:
        option: Where it was typed, such as ``--trunk``.
        typed: The name.
        names: Those that there are.
        see: The command that lists them; without it they are all named.

    Raises:
        UnknownNameError: it is none of them; the text has near ones.
    """
    there = sorted(names)
    if typed in there:
        return typed
    alike = sorted(((_likeness(typed, name), name) for name in there), reverse=True)
    near = [name for likeness, name in alike if likeness >= _ALIKE][:_SHOWN]
    hint = f" (do you mean {' or '.join(near)}?)" if near else ""
    listed = f"see: {see}" if see else f"one of: {', '.join(there)}"
    raise UnknownNameError(f"{option}: there is no {typed!r}{hint}; {listed}")


def _likeness(typed: str, name: str) -> float:
    """Return 0 to 100: a slip within a word weighs little (Jaro-Winkler), and a part may stand for the whole."""
    return max(WRatio(typed, name), 100 * JaroWinkler.similarity(typed, name))

"""Finds dead ends of the configuration: an emergency line nobody dials, a helpline nobody answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agi.destinations.loader import read_helplines
from agi.destinations.resolver import EMERGENCY, LINE
from agi.trunks.outbound_routes import list_destinations
from router.geo import load_places
from warroom.config.apply.operators import applied_operators
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from agi.destinations.schema import Helpline, Helplines, Purpose
    from agi.queues.schema import Operators
    from agi.settings import CallSettings
    from agi.trunks.schema import Trunks

AMBULANCE: Final = "108"
"""The service that a trunk most likely dials for danger to life."""


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """Something callers are offered, or need, that leads nowhere.

    Attributes:
        what: The dead end, and the callers it concerns.
        what_hi: The same for the state room.
        mend: The setting to write, and the command that puts it in force.
    """

    what: str
    what_hi: str
    mend: str


def dead_ends(
    data: Path, settings: CallSettings, trunks: Trunks, operators: Operators | None = None
) -> tuple[DeadEnd, ...]:
    """Return what would lead nowhere with these trunks.

    Args:
        data: The data directory, for its helplines.
        settings: The emergency numbers.
        trunks: Those in force, or to be put in force.
        operators: Likewise; None: those in force.

    Raises:
        HelplinesError, OperatorsError: A file cannot be read.
    """
    helplines = read_helplines(DataDirectory(data).helplines, load_places())
    return find_dead_ends(helplines, trunks, settings, operators or applied_operators(data))


def find_dead_ends(
    helplines: Helplines, trunks: Trunks, settings: CallSettings, operators: Operators
) -> tuple[DeadEnd, ...]:
    """Return what leads nowhere, the worst first, for the helplines that have a number.

    Whether operators are logged in just now is another question: this one is of the configuration alone.
    """
    numbered = [one for one in helplines.by_id.values() if one.id in set(trunks.dids.values())]
    there = list_destinations(trunks, settings, helplines.rooms)
    return (
        *_list_unanswered(numbered, there, operators),
        *_emergency(numbered, there, trunks, settings),
        *_lines(numbered, there),
    )


def _list_unanswered(helplines: Sequence[Helpline], there: Collection[str], operators: Operators) -> Iterator[DeadEnd]:
    """Purposes for which nobody at all can be rung."""
    asked: tuple[tuple[Purpose, str, str], ...] = (
        ("emergency", "danger to life (key 9)", "जान के ख़तरे में (बटन 9)"),
        ("operator", "callers who want a person (key 0)", "व्यक्ति से बात करने के लिए (बटन 0)"),
    )
    for purpose, words, words_hi in asked:
        lost = _names(one for one in helplines if not _reaches_anybody(one.chains.get(purpose, ()), there, operators))
        if lost:
            yield DeadEnd(
                f"nobody can be rung for {words} on {lost}",
                f"{lost} पर {words_hi} किसी को फ़ोन नहीं किया जा सकता",
                "write operators in operators.toml, then: warroom apply",
            )


def _emergency(
    helplines: Sequence[Helpline], there: Collection[str], trunks: Trunks, settings: CallSettings
) -> Iterator[DeadEnd]:
    wanted = _names(_with(helplines, "emergency", EMERGENCY))
    if not wanted or EMERGENCY in there:
        return
    dialling = next((trunk.name for trunk in trunks.trunk if trunk.service(AMBULANCE)), None)
    setting = f'write emergency = ["{AMBULANCE}"] below [calls] in settings.toml, then: warroom apply'
    trunk = f'write dials = {{ {AMBULANCE} = "…" }} in a trunk of trunks.toml'
    if dialling:
        what, mend = f"trunk {dialling} dials {AMBULANCE}, but calls.emergency is empty", setting
    elif settings.emergency:
        what = f"calls.emergency is {', '.join(settings.emergency)}, and no trunk dials it"
        mend = f"{trunk}, then: warroom apply"
    else:
        what, mend = f"calls.emergency is empty, and no trunk dials {AMBULANCE}", f"{trunk}, and {setting}"
    yield DeadEnd(
        f"no emergency line is rung for danger to life on {wanted}: {what}",
        f"{wanted} पर जान के ख़तरे में आपातकालीन सेवा को फ़ोन नहीं होता",
        mend,
    )


def _lines(helplines: Sequence[Helpline], there: Collection[str]) -> Iterator[DeadEnd]:
    named = {member for one in helplines for chain in one.chains.values() for member in chain}
    for member in sorted(one for one in named if one.startswith(LINE) and one not in there):
        number = member.removeprefix(LINE)
        users = _names(one for one in helplines if any(member in chain for chain in one.chains.values()))
        yield DeadEnd(
            f"helpline {number} cannot be dialled from {users}: no trunk dials {number}",
            f"{users} से हेल्पलाइन {number} को फ़ोन नहीं किया जा सकता",
            f'write dials = {{ {number} = "…" }} in a trunk of trunks.toml, then: warroom apply',
        )


def _reaches_anybody(chain: Sequence[str], there: Collection[str], operators: Operators) -> bool:
    """Whether a chain can reach anybody; a room counts as soon as any room has a telephone."""
    rooms = any(one.startswith("room-") for one in there)
    return any(
        (member == "queue" and operators.operator) or (member == "room" and rooms) or member in there
        for member in chain
    )


def _with(helplines: Sequence[Helpline], purpose: Purpose, member: str) -> Iterator[Helpline]:
    return (one for one in helplines if member in one.chains.get(purpose, ()))


def _names(helplines: Collection[Helpline] | Iterator[Helpline]) -> str:
    return ", ".join(one.id for one in helplines)

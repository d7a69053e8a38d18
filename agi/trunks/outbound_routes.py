"""Maps destinations to dial strings: which trunks, how long, with which announcement."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from agi.destinations.resolver import EMERGENCY, LINE, QUEUE, ROOM
from agi.destinations.schema import LINES
from agi.settings import MAX_DESTINATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agi.settings import CallSettings
    from agi.trunks.schema import Trunks

COMPARED_DIGITS: Final = 10
"""Trailing digits that identify our own caller ID when an outgoing call loops back to us: an Indian number without
prefixes."""

_HUNG_ON: Final = '$["${DIALSTATUS}" != "CHANUNAVAIL" & "${DIALSTATUS}" != "CONGESTION"]'
_ANSWERED: Final = '$["${DIALSTATUS}" = "ANSWER"]'


class DialTarget(NamedTuple):
    """One thing to dial.

    Attributes:
        dialled: The dial string.
        trunk: The trunk it goes by; empty for a telephone at our own Asterisk.
        whisper: Whether a voice must announce the content of our SIP headers to the answering party.
        channels: Of the trunk: when all of them are used, nobody is dialled by it.
    """

    dialled: str
    trunk: str = ""
    whisper: bool = False
    channels: int = 0


def render_routes(trunks: Trunks, settings: CallSettings, rooms: Mapping[str, str]) -> str:
    """Return the contexts ``destinations`` and ``own-numbers``.

    Args:
        trunks: Checked.
        settings: The emergency numbers.
        rooms: How control rooms are rung, by room.
    """
    lines = ["[destinations]"]
    for name, legs in _legs(trunks, settings, rooms).items():
        lines += _destination(name, legs)
    lines += [f"exten => _{QUEUE}.,1,Gosub(queue,${{EXTEN:{len(QUEUE)}}},1)", " same => n,Return()"]
    lines += ["exten => T,1,Hangup(16)", "", "[own-numbers]"]
    forms = {form for trunk in trunks.trunk for did in trunk.dids for form in trunk.forms(did)}
    own = {form[-COMPARED_DIGITS:] for form in forms if len(form) >= COMPARED_DIGITS}
    lines += [f"exten => {number},1,NoOp()" for number in sorted(own)]
    return "\n".join(lines) + "\n"


def list_destinations(trunks: Trunks, settings: CallSettings, rooms: Mapping[str, str]) -> set[str]:
    """Names of the destinations that can be dialled, except queues."""
    return set(_legs(trunks, settings, rooms))


def _legs(trunks: Trunks, settings: CallSettings, rooms: Mapping[str, str]) -> dict[str, list[DialTarget]]:
    legs = {EMERGENCY: _danger(trunks, settings)}
    legs |= {f"{LINE}{helpline}": _service(trunks, helpline) for helpline in LINES}
    legs |= {f"{ROOM}{room}": _room(trunks, telephone) for room, telephone in rooms.items()}
    return {name: found for name, found in legs.items() if found}


def _danger(trunks: Trunks, settings: CallSettings) -> list[DialTarget]:
    """Each service by its first trunk, then each by its second, and so on.

    A trunk that is down fails within milliseconds, so the next destinations are reached in time.
    """
    destinations = [_service(trunks, one) if one.isdecimal() else [DialTarget(one)] for one in settings.emergency]
    ordered = [leg for rank in zip_longest(*destinations) for leg in rank if leg is not None]
    return ordered[:MAX_DESTINATIONS]


def _service(trunks: Trunks, service: str) -> list[DialTarget]:
    return [
        DialTarget(f"PJSIP/{number}@{trunk.name}", trunk.name, not trunk.headers, trunk.channels)
        for trunk in trunks.trunk
        if (number := trunk.service(service))
    ]


def _room(trunks: Trunks, telephone: str) -> list[DialTarget]:
    if not telephone.isdecimal():
        return [DialTarget(telephone)]
    return [
        DialTarget(
            f"PJSIP/{trunk.dialled(telephone) or telephone}@{trunk.name}",
            trunk.name,
            not trunk.headers,
            trunk.channels,
        )
        for trunk in trunks.trunk
    ]


def _destination(name: str, legs: Sequence[DialTarget]) -> Iterator[str]:
    """A service's legs are each tried; another way's second trunk only where the first one is down or full."""
    enough = _ANSWERED if name == EMERGENCY else _HUNG_ON
    start = f"exten => {name},1,"
    for which, leg in enumerate(legs):
        if which:
            yield f" same => n,GotoIf({enough}?done)"
        told = "whisper" if leg.whisper else ""
        yield f"{start}Gosub(dial,s,1({leg.dialled},{leg.trunk},{told},{leg.channels or ''}))"
        start = " same => n,"
    yield " same => n(done),Return()"

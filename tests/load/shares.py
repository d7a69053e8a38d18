"""The mix of a real day: who calls, what they press, and what the same call is in the plain dialplan.

A share of the callers is a row of `DAY`. Every row's calls take about a minute, as a whole conversation to a ticket
does, so that the mix of the calls placed is the mix of those that are up.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.load.caller_sound import Press, make_sound
from tests.load.load import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_S: Final = 45.0
"""No call is shorter."""
SOUND_S: Final = 150.0
"""Longer than any call, also where Asterisk plays slower than time: its end is the exchange's BYE."""
PERSON_S: Final = 50.0
"""How long an operator, or 104, speaks with a caller."""
PIN: Final = "462001"
NIGHT_DID: Final = "1070"
"""A number of the war room's own helpline, where nobody answers at night."""
OPERATORS: Final = "operators"
"""The far end of all operators' telephones."""
QUEUE: Final = "general-hi"
"""The queue they answer."""
LINE_104: Final = "line104"
"""The trunk to 104, and how it dials it."""
DIALLED_104: Final = "07552550104"

_FIRST_FLOOR: Final = 990  # the plain dialplan's number of the first share


@dataclass(frozen=True, slots=True)
class Share:
    """Callers who all want the same.

    Attributes:
        name: Of the share, in the figures.
        tenths: How many of ten callers.
        first: First digits of their numbers.
        presses: When they press what, in the conversation and in the plain dialplan.
        asks: In the plain dialplan: prompts, and the keys that are right.
        then: In the plain dialplan: the lines after the last key, PLAY for the prompts beside it, FILE for where it
            records.
        ticket: Whether each of them has a ticket in the end.
        did: The number they call.
    """

    name: str
    tenths: int
    first: str
    presses: tuple[Press, ...]
    asks: tuple[tuple[tuple[str, ...], str], ...]
    then: tuple[tuple[str, tuple[str, ...]], ...]
    ticket: bool = True
    did: str = "181"


_GREETING = ("greeting-181", "danger", "english-choice", "main-menu", "menu-end")
_NUMBER = tuple("silence-half" if digit == "-" else f"number-{digit}" for digit in "100-000-013")

#: Every key interrupts the prompt then playing. Two seconds and more lie between the end of one answer and the next:
#: nobody presses before a question has begun. At 42 s eight seconds and more have been said after the beep.
TICKET = Share(
    "ticket", 6, "98",
    (Press(3.0, "1"), Press(6.0, "1"), Press(9.0, f"{PIN}#"), Press(14.0, "1"), Press(17.0, "1"), Press(42.0, "#")),
    (
        (_GREETING, "1"),
        (("food-menu", "menu-end"), "1"),
        (("place-ask",), PIN),
        (("place-is", "district-bhopal", "place-confirm"), "1"),
        (("callback-ask",), "1"),
    ),
    (
        ("Read(K,PLAY,1,,1,0.1)", ("details-ask", "beep")),
        ("Record(FILE,0,20,kqy)", ()),
        (
            "Read(K,PLAY,1,,1,5)",
            ("number-is", *_NUMBER, "number-again", *_NUMBER, "number-call-again", "again-ask"),
        ),
        ("Playback(PLAY)", ("goodbye",)),
    ),
)  # fmt: skip
#: They speak for a while and hang up; the caller is asked whether that was all, says nothing, and is let go.
_THEY_HUNG_UP = ("Read(K,PLAY,1,,1,5)", ("other-hung-up",))
OPERATOR = Share(
    "operator", 2, "96", (Press(3.0, "0"),),
    ((_GREETING, "0"),),
    (("Playback(PLAY)", ("human-wait",)), (f"Queue({QUEUE},i,,,600)", ())),
    ticket=False,
)  # fmt: skip
BRIDGE = Share(
    "bridge", 1, "95", (Press(3.0, "2"), Press(6.0, "2"), Press(9.0, "2")),
    ((_GREETING, "2"), (("health-menu", "menu-end"), "2"), (("medical-or-doctor",), "2")),
    (("Playback(PLAY)", ("doctor-wait",)), (f"Dial(PJSIP/{DIALLED_104}@{LINE_104},20,gir)", ()), _THEY_HUNG_UP),
)  # fmt: skip
#: They call the number of a helpline that has nobody at night.
MESSAGE = Share(
    "message", 1, "97", (Press(3.0, "0"), Press(60.0, "#")),
    ((_GREETING, "0"),),
    (
        ("Playback(PLAY)", ("human-none",)),
        ("Playback(PLAY)", ("leave-message",)),
        ("Playback(PLAY)", ("beep",)),
        ("Record(FILE,0,120,kq)", ()),
        ("Playback(PLAY)", ("message-kept",)),
    ),
    did=NIGHT_DID,
)  # fmt: skip
DAY = (TICKET, OPERATOR, BRIDGE, MESSAGE)


def floor_did(share: Share) -> str:
    """The number of a share's plain dialplan."""
    return str(_FIRST_FLOOR + DAY.index(share))


def share_of(number: str) -> Share:
    """Tell which share a caller is of."""
    return next(share for share in DAY if number.startswith(share.first))


def day_callers(count: int, wave: int, voice: bytes, *, plain: bool = False) -> list[Caller]:
    """Return callers in the mix, each with a number that nobody had before.

    Args:
        count: How many.
        wave: Another one gives other numbers: 1 to 9.
        voice: What they say, A-law.
        plain: Whether they call the plain dialplan.
    """
    sounds = {share.name: make_sound(SOUND_S, share.presses, voice) for share in DAY}
    return [
        Caller(f"{share.first}{wave}{index:07}", floor_did(share) if plain else share.did, sounds[share.name])
        for index, share in enumerate(itertools.islice(mixed(), count))
    ]


def mixed() -> Iterator[Share]:
    """Share after share without end, so that few callers in a row are near the mix, and ten are it."""
    had = dict.fromkeys((share.name for share in DAY), 0)
    for count in itertools.count(1):
        share = max(DAY, key=lambda one: one.tenths * count / 10 - had[one.name])
        had[share.name] += 1
        yield share

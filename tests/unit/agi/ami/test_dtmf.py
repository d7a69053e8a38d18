"""One press is one key, by whatever ways it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from agi.ami.dtmf import TWICE, CallDtmf
from agi.fastagi.dtmf import SECOND_WAY_S, DtmfDeduplicator
from agi.fastagi.request import AgiRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.connection import AmiConnection


@pytest.mark.parametrize(
    ("told", "pressed", "twice"),
    [
        ("B1 E1", "1", False),
        ("B1 E1 B1 E1", "11", False),  # the same key pressed twice
        ("E1 E1", "11", False),  # twice, by INFO alone
        ("B1 E1 E1", "1", True),  # the INFO behind the event
        ("E1 B1 E1", "1", True),  # before it
        ("B1 B1 E1 E1", "1", True),  # an event and its tone
        ("B0 E0 B0 E0 E0 E0", "00", True),
        ("B4 E4 B6 E4 E6 B2 E6 E2 E2", "462", True),
        ("B1 E1 - E1", "11", False),  # another press, much later, by INFO
        ("B1 E1 - B1 E1", "11", False),
        ("B1 E1 = E1", "1", True),  # INFO by a slow gateway
        ("B1 E1 B1 E1 E1 E1", "11", True),  # twice quickly, INFO behind both
        ("B1 E1 B1 E1 E1 E1 - B1 E1 - B1 E1", "1111", True),
        ("B1 - - - E1 E1", "1", True),  # held long, INFO when it is let go
        ("B1 E1 - - - L1", "1", True),  # held long, INFO at once
        ("E1 B1 - - - L1", "1", True),
        ("B1 E1 - - - L1 B1 E1 E1", "11", True),
        ("B0 E0 E0 E0 B4 E4 E4 B0 E0 E0", "040", True),  # Asterisk tells of an end again when it puts it off
        ("B7 E7 E7 E7 B5 E5 E5 E5 B5 E5 E5 E5 B7 E7 E7", "7557", True),
        ("E1 E2 B1 E1 B2 E2", "12", True),  # INFO well before the event
        ("E3 - E1 B1 E1 E2 B2 E2", "312", True),  # the first one by INFO alone
    ],
)
def test_one_press_is_one_key(told: str, pressed: str, twice: bool) -> None:
    now = 0.0
    presses = DtmfDeduplicator(lambda: now)
    for word in told.split():
        now += {"-": SECOND_WAY_S + 0.1, "=": 0.3}.get(word, 0.05)
        if word[0] == "B":
            presses.begin(word[1])
        elif word[0] in "EL":
            presses.end(word[1], 0.1 if word[0] == "E" else 3 * SECOND_WAY_S)
    assert ("".join(presses.pressed), presses.twice) == (pressed, twice)


class Manager:
    """What tells of keys."""

    connected = True

    def __init__(self) -> None:
        self.calls = CallDtmf(cast("AmiConnection", self))

    def on_event(self, name: str, heard: Callable[[Mapping[str, Any]], None]) -> None:
        self.__dict__[name] = heard

    def says(self, channel: str, uniqueid: str, linkedid: str, told: str, direction: str = "Received") -> None:
        """Key 1 on a channel: B begins, E ends."""
        event = {"Channel": channel, "Uniqueid": uniqueid, "Linkedid": linkedid, "Digit": "1", "Direction": direction}
        for word in told:
            self.__dict__["DTMFBegin" if word == "B" else "DTMFEnd"](event | {"DurationMs": "100"})


def call_on(channel: str, uniqueid: str) -> AgiRequest:
    return AgiRequest(channel, uniqueid, "call", ())


def test_keys_of_a_call_we_placed_are_those_of_the_citizens_channel() -> None:
    manager = Manager()
    placed = manager.calls.of(call_on("Local/work-7@callback-dial-01;1", "work-7"))
    came_in = manager.calls.of(call_on("PJSIP/bsnl-03", "1.3"))
    assert placed is not None
    assert came_in is not None
    manager.says("PJSIP/bsnl-02", "1.2", "work-7", "BEE")
    manager.says("Local/work-7@callback-dial-01;1", "work-7", "work-7", "BEBE")
    manager.says("Local/work-7@callback-dial-01;2", "work-7.out", "work-7", "BEBE")
    manager.says("PJSIP/operator-1-04", "1.4", "1.3", "BE")  # put through to, and not the caller
    assert (placed.pressed, placed.twice, came_in.pressed) == (["1"], True, [])


def test_line_whose_keys_come_twice_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    manager = Manager()
    for uniqueid in ("1.1", "1.2"):
        manager.says(f"PJSIP/in-city-{uniqueid}", uniqueid, uniqueid, "BEE")
    manager.says("PJSIP/bsnl-03", "1.3", "1.3", "BE")
    assert caplog.messages == [TWICE.format(line="in-city")]

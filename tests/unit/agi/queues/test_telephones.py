"""How operators' telephones are, by Asterisk's events; and whose page was loaded anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from agi.queues.lost_pages import LostPages
from agi.queues.schema import Operators
from agi.queues.telephones import OperatorTelephones

if TYPE_CHECKING:
    from collections.abc import Callable


class Link:
    """As much of `AmiConnection` as is used."""

    def __init__(self) -> None:
        self.connected = True
        self.sent: list[dict[str, str]] = []
        self.channels = self
        self._taken: dict[str, list[Callable[[dict[str, str]], None]]] = {}
        self.names: dict[str, str] = {}

    def on_event(self, name: str, take: Callable[[dict[str, str]], None]) -> None:
        self._taken.setdefault(name, []).append(take)

    def on_change(self, callback: Callable[[], None]) -> None:
        pass

    def channel(self, uniqueid: str) -> Any:
        return next((self for one in (uniqueid,) if one in self.names), None)

    @property
    def name(self) -> str:
        return next(iter(self.names.values()))

    async def action(self, action: dict[str, str]) -> dict[str, str]:
        self.sent.append(action)
        return {}

    def says(self, name: str, **words: str) -> None:
        for take in self._taken.get(name, []):
            take(words)

    def contact(self, user: str, status: str, usec: str = "0", operator: str = "101") -> None:
        uri = f"sip:{user}@127.0.11.1:4000;transport=WS"
        self.says("ContactStatus", AOR=f"operator-{operator}", URI=uri, ContactStatus=status, RoundtripUsec=usec)


async def _none() -> Operators:
    return Operators()


@pytest.fixture
def link() -> Link:
    return Link()


def test_telephone_is_there_as_long_as_one_of_its_addresses_answers(link: Link) -> None:
    telephones = OperatorTelephones(link, _none)
    told: list[str] = []
    telephones.on_change(told.append)
    for user, status, usec, known, rtt in (
        ("a", "NonQualified", "0", "registered", None),
        ("a", "Reachable", "20146", "registered", 20),
        ("a", "Reachable", "20146", "registered", 20),  # nothing new
        ("a", "Unreachable", "0", "unreachable", None),
        ("b", "NonQualified", "0", "registered", None),  # a page loaded anew, before the old address is removed
        ("a", "Removed", "0", "registered", None),
        ("b", "Reachable", "300", "registered", 1),
        ("b", "Removed", "0", "absent", None),
    ):
        link.contact(user, status, usec)
        assert (telephones.status("101").value, telephones.rtt_ms("101")) == (known, rtt), (user, status)
    assert told == ["101"] * 7
    assert telephones.status("102").value == "absent"
    link.says("ContactStatus", AOR="bsnl", URI="sip:x@192.0.2.1", ContactStatus="Reachable", RoundtripUsec="1")
    assert told == ["101"] * 7


async def test_leg_of_a_page_that_was_loaded_anew_ends_and_no_other(link: Link) -> None:
    telephones = OperatorTelephones(link, _none)
    pages = LostPages(link, telephones)
    working = asyncio.create_task(pages.run())
    link.contact("page1", "Reachable")
    link.contact("other", "Reachable", operator="102")
    link.names["1.1"] = "PJSIP/operator-101-00000001"
    link.says("Newchannel", Uniqueid="1.1", Channel="PJSIP/operator-101-00000001")
    link.says("Newchannel", Uniqueid="1.2", Channel="PJSIP/operator-102-00000002")
    link.contact("page1", "Removed")  # the board is away
    link.contact("page1", "NonQualified")  # and back: the same page
    link.contact("third", "NonQualified", operator="900")
    await asyncio.sleep(0)
    assert link.sent == []
    link.contact("page2", "NonQualified")
    await asyncio.sleep(0)
    assert link.sent == [{"Action": "Hangup", "Channel": "PJSIP/operator-101-00000001", "Cause": "16"}]
    link.contact("page3", "NonQualified")
    await asyncio.sleep(0)
    assert len(link.sent) == 1
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

"""Missed calls: who is called back, what counts as spoken with, and why somebody was not reached."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.brokers import until
from tests.live.citizens import Citizens, citizens_at
from tests.live.conftest import House, open_house
from tests.live.faults import query, shorten_all
from tests.ports import free_ports
from warroom.telephone import CallRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

FAR_END = "127.0.3.40"
(FAR_PORT,) = free_ports(1)
#: Every address calls in by this trunk; its server is where citizens are called. 1800 is for missed calls.
TRUNKS = f"""[[trunk]]
name = "loopback"
server = "{FAR_END}:{FAR_PORT}"
match = ["127.0.1.0/24"]
channels = 600
dids = {{ 181 = "181", 1800 = "missed" }}
qualify_s = 0
"""
CALLBACKS = "{ from_hour = 0, until_hour = 24, pause_minutes = 60, reserve = 0 }"
OF_CALLER = "SELECT outcome, tries FROM work WHERE kind = 'call' AND key LIKE ?"


@pytest.fixture(scope="module")
def missed() -> Iterator[House]:
    with open_house(trunks=TRUNKS, callbacks=CALLBACKS) as house:
        shorten_all(house)
        yield house


@pytest.fixture
async def citizens() -> AsyncIterator[Citizens]:
    async with citizens_at(FAR_END, FAR_PORT) as there:
        yield there


async def call_and_be_refused(house: House, caller: str) -> None:
    with pytest.raises(CallRefused, match="486"):
        async with house.call("1800", caller=caller):
            pass


async def test_who_is_not_reached_frees_the_line_at_once_and_the_reason_is_booked(
    missed: House, citizens: Citizens
) -> None:
    before = query(missed, "SELECT count(*) FROM calls")
    reasons = {
        "9811700001": ("486 Busy Here", "busy (cause 17)"),
        "9811700002": ("404 Not Found", "unavailable (cause 1)"),
        "9811700003": ("480 Temporarily Unavailable", "no answer (cause 19)"),
        "9811700004": ("603 Decline", "unavailable (cause 21)"),
        "9811700005": ("503 Service Unavailable", "unavailable (cause 34)"),
    }
    for caller in reasons:
        await call_and_be_refused(missed, caller)
    for caller, (answer, _) in reasons.items():
        citizens.send_answer(await citizens.rings(caller), answer, missed.sip)
    for caller, (_, reason) in reasons.items():
        await until(lambda c=caller, r=reason: query(missed, OF_CALLER, f"+91{c}/%") == [(r, 1)])
    # and nobody was talked to: no call in the books, no message in the spool, no channel
    assert query(missed, "SELECT count(*) FROM calls") == before
    assert list(missed.layout.incoming.iterdir()) == []
    assert "0 active channels" in await asyncio.to_thread(missed.asterisk, "core show channels count")
    assert "OutgoingSpoolFailed" not in (missed.layout.asterisk_log / "cdr-csv" / "Master.csv").read_text()

"""Talks that begin and end while the service is away: each is noted once, whoever is still speaking by then."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.brokers import until
from tests.support.call_control import HELPLINE_104, bridged_stack, far_ends, hear_each_other, talk
from tests.support.faults import all_lines_free, query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.conftest import LiveStack
    from tests.support.call_control import Talk
    from warroom.sip_test_client.sip import SipMessage

pytestmark = pytest.mark.xdist_group("bridges-away")
NOTED_WITHIN_S = 60.0


@pytest.fixture(scope="module")
def bridged() -> Iterator[LiveStack]:
    with bridged_stack() as stack:
        yield stack


@pytest.mark.long
async def test_talks_while_the_service_is_away_are_noted_once_when_it_is_back(bridged: LiveStack) -> None:
    async with far_ends() as ends, talk(bridged, ends, "bhopal") as ended, talk(bridged, ends, "indore") as goes_on:
        invites = [await _consult(call) for call in (ended, goes_on)]
        bridged.processes.stop("serve", signal.SIGKILL)
        await asyncio.gather(*map(_answered, (ended, goes_on), invites))
        await ended.citizen.hang_up()
        await ended.operator.ended()
        for _ in range(2):
            await asyncio.to_thread(bridged.processes.start_service, "serve")
            bridged.processes.stop("serve", signal.SIGKILL)
        await asyncio.to_thread(bridged.processes.start_service, "serve")
        await goes_on.citizen.hang_up()
        await goes_on.operator.ended()
        for call, district in ((goes_on, "indore"), (ended, "bhopal")):
            who = f"operator-{district}"
            await _noted(call, f"citizen and {who}", f"line-104 and {who}", f"citizen and {who}")
            await call.booked("bridged")
        assert "poke with" not in _ticket(ended)["status_notes"]
    await all_lines_free(bridged)


async def _consult(call: Talk) -> SipMessage:
    """The operator is about to speak with 104, which rings."""
    await call.say("consult", destination="line-104")
    return await call.rings(HELPLINE_104)


async def _answered(call: Talk, invite: SipMessage) -> None:
    """104 answers, speaks with the operator and hangs up; the operator speaks with the citizen again."""
    doctor = await call.exits.enter_async_context(call.far.lifts(invite, call.stack.sip, call.stack.matcher))
    await hear_each_other(call.stack, doctor, call.operator)
    await doctor.hang_up()
    await hear_each_other(call.stack, call.citizen, call.operator)


async def _noted(call: Talk, *pairs: str) -> None:
    """Wait until just these talks have been noted."""

    def told() -> list[str]:
        found = [re.fullmatch(r"telephone: (.+) spoke for \d+ s from .+ UTC", note) for note in _ticket(call)["notes"]]
        return sorted(one[1] for one in filter(None, found))

    await until(lambda: len(told()) >= len(pairs), seconds=NOTED_WITHIN_S)
    assert told() == sorted(pairs)


def _ticket(call: Talk) -> dict[str, Any]:
    (document,) = query(call.stack, "SELECT document FROM tickets WHERE number = ?", call.ticket)[0]
    return dict(json.loads(document))

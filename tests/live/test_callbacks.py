"""Closing is the citizen's word: real calls back, over SIP with sound; and where is my ticket."""

from __future__ import annotations

import asyncio
import json
import signal
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.mqtt.commands.room_client import command_as_room
from router.tickets.command import Command
from tests.live.conftest import ROOM_LIMIT_S, LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, RATION_IN_BHOPAL, VOICE, answer, skip_details
from tests.support.citizens import Citizens, citizens_at
from tests.support.commands import warroom
from tests.support.faults import query, shorten_all
from tests.support.metrics import metrics
from tests.support.ports import free_ports
from tests.support.trunk_files import CITIZENS, LOOPBACK
from warroom.config.secrets import METRICS, mqtt_room, read_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


FAR_END = "127.0.2.77"
(PORT,) = free_ports(1)
TRUNK = CITIZENS.format(server=f"{FAR_END}:{PORT}")
CALLBACKS = '{ trunk = "citizens", from_hour = 0, until_hour = 24, retry_interval_minutes = 0.02, reserved_lines = 0 }'


pytestmark = pytest.mark.xdist_group("callbacks")  # one stack for all of them


@pytest.fixture(scope="module")
def calling() -> Iterator[LiveStack]:
    """A stack that calls citizens at any hour, a second after each try."""
    with open_stack(trunks=LOOPBACK + TRUNK, callbacks=CALLBACKS) as stack:
        shorten_all(stack)
        yield stack


@pytest.fixture
async def citizens() -> AsyncIterator[Citizens]:
    async with citizens_at(FAR_END, PORT) as there:
        yield there


async def test_citizens_say_whether_help_came(calling: LiveStack, citizens: Citizens) -> None:
    """Four at once: help came; not yet, with more words; nobody answers three times; a rejection is told."""

    async def helped(number: str) -> None:
        ticket = await _resolved(calling, number)
        invite = await citizens.rings(f"0{number}")
        assert "07552550181" in invite.get("from")
        async with citizens.lifts(invite, calling.sip, calling.matcher) as call:
            await call.hear("hi/callback-hello")
            code, shown = await metrics(calling, read_secret(calling.data, METRICS))
            assert (code, f"Local/{ticket}@callback-dial" in shown, number in shown) == (200, True, False)
            await call.hear("hi/need-ration")
            await answer(call, (("helped-ask", "1"),))
            await call.hear("hi/helped-yes")
        assert (await _ticket(calling, ticket))["stage"] == "confirmed"

    async def not_yet(number: str) -> None:
        ticket = await _resolved(calling, number)
        async with citizens.lifts(await citizens.rings(f"0{number}"), calling.sip, calling.matcher) as call:
            await answer(call, (("helped-ask", "2"),))
            await call.hear("hi/helped-no")
            await call.hear("hi/beep")
            await call.speak(VOICE)
            await call.press("#")
            await call.hear("hi/details-thanks")
        reopened = await _ticket(calling, ticket)
        assert (reopened["stage"], reopened["level"], len(reopened["recordings"])) == ("reopened", 2, 1)

    async def unreached(number: str) -> None:
        ticket = await _resolved(calling, number)
        for _ in range(2):
            await citizens.busy(f"0{number}", calling.sip)
        async with citizens.lifts(await citizens.rings(f"0{number}"), calling.sip, calling.matcher) as call:
            await call.hear("hi/helped-ask")  # and the telephone is put down
        await _until_stage(calling, ticket, "unconfirmed")
        assert citizens.times_called(f"0{number}") == 3

    async def rejected(number: str) -> None:
        ticket = await _opened(calling, number)
        await _say(calling, "district-bhopal", ticket, action="propose-reject", note="कोई नहीं मिला", reason="not-found")
        await _say(calling, "state", ticket, action="accept-reject")
        async with citizens.lifts(await citizens.rings(f"0{number}"), calling.sip, calling.matcher) as call:
            await call.hear("hi/rejected-not-found")
            await answer(call, (("rejected-choices", "1"),))
            await call.ended()
        assert (await _ticket(calling, ticket))["stage"] == "rejected"

    await asyncio.gather(helped("9811480001"), not_yet("9811480002"), unreached("9811480003"), rejected("9811480004"))


async def test_service_killed_right_after_it_placed_two_calls_calls_each_once(
    calling: LiveStack, citizens: Citizens
) -> None:
    """One citizen answers while the service is away and hears that; the other when it is back, and is asked."""
    first, second = "9811480021", "9811480022"
    tickets = await asyncio.gather(_resolved(calling, first), _resolved(calling, second))
    rung = await asyncio.gather(*(citizens.rings(f"0{number}") for number in (first, second)))
    calling.processes.stop("serve", signal.SIGKILL)
    async with citizens.lifts(rung[0], calling.sip, calling.matcher) as call:
        await call.hear("hi/callback-fault")
        await call.ended()
    await asyncio.to_thread(calling.processes.start_service)
    async with citizens.lifts(rung[1], calling.sip, calling.matcher) as call:
        await answer(call, (("helped-ask", "1"),))
        await call.hear("hi/helped-yes")
    stages = [(await _ticket(calling, ticket))["stage"] for ticket in tickets]
    assert stages == ["resolved", "confirmed"]
    assert [citizens.times_called(f"0{number}") for number in (first, second)] == [1, 1]


async def test_where_is_my_ticket(calling: LiveStack) -> None:
    mine = await _opened(calling, "9811480031")
    wrong = f"{mine[:8]}{(int(mine[8]) + 1) % 10}"
    promise = {"expected_datetime": (datetime.now(UTC) + timedelta(days=200)).isoformat()}  # too far off to be promised
    await _say(calling, "district-bhopal", mine, action="acknowledge", changes=promise)

    async def own_telephone() -> None:
        async with calling.call(caller="9811480031") as call:
            await answer(call, ((FIRST_MENU, "6"),))
            for name in ("status-of", "need-ration", "stage-acknowledged", "status-room", "district-bhopal"):
                await call.hear(f"hi/{name}")
            await call.press("2")
            await call.hear("hi/beep")
            await call.speak(VOICE)
            await call.press("#")
            await call.hear("hi/details-thanks")

    async def other_telephone() -> None:
        async with calling.call(caller="9811480032") as call:
            await answer(call, ((FIRST_MENU, "6"), ("status-none", wrong), ("status-key-wrong", mine)))
            await call.hear("hi/stage-acknowledged")
            await call.hear("hi/status-back")
            assert "hi/need-ration" not in call.heard

    await asyncio.gather(own_telephone(), other_telephone())
    ticket = await _ticket(calling, mine)
    assert (len(ticket["recordings"]), ticket["version"]) == (1, 3)
    assert (calling.layout.kept / ticket["recordings"][0]).exists()


@pytest.mark.long
async def test_nearest_two_places_are_told_after_the_number(calling: LiveStack, tmp_path: Path) -> None:
    (tmp_path / "shops.csv").write_text(
        "code,kind,name,district,pin,telephone,hours\n"
        "2301,pds,Laxmi,bhopal,462001,0755-2550181,Mo-Su 00:00-24:00\n"
        "2302,pds,Shyam,bhopal,462002,,Mo-Su 00:00-24:00\n"
        "2303,pds,Far,bhopal,462047,,Mo-Su 00:00-24:00\n",
        encoding="utf-8",
    )
    imported = await warroom(calling.data, "import", "facilities", str(tmp_path / "shops.csv"))
    assert imported.code == 0, imported
    async with calling.call(caller="9811480041") as call:
        await answer(call, RATION_IN_BHOPAL)
        await skip_details(call)
        await answer(call, (("number-is", "3"),))
        await call.hear("hi/nearest-again", within_s=60)
        assert len([name for name in call.heard if name == "hi/kind-pds"]) == 2
        assert "hi/nearest-phone" in call.heard


async def _opened(stack: LiveStack, caller: str) -> str:
    """Have a ticket: a need and a confirmed place are enough for one, and the citizen hangs up."""
    async with stack.room(client=caller) as room:
        async with stack.call(caller=caller) as call:
            await answer(call, RATION_IN_BHOPAL[:-1])
            await call.hear("hi/callback-ask")
        return str((await room.ticket(phone=f"+91{caller}"))["service_request_id"])


async def _resolved(stack: LiveStack, caller: str) -> str:
    number = await _opened(stack, caller)
    await _say(stack, "district-bhopal", number, action="resolve")
    return number


async def _say(stack: LiveStack, room: str, number: str, **more: Any) -> None:
    command = Command.model_validate_json(json.dumps({"command_id": str(uuid.uuid4()), "ticket": number, **more}))
    password = read_secret(stack.data, mqtt_room(room))
    reply = await command_as_room(
        stack.settings.router.broker, room, password, command, client=uuid.uuid4().hex[:8], limit_s=ROOM_LIMIT_S
    )
    assert reply.accepted, reply


async def _ticket(stack: LiveStack, number: str) -> dict[str, Any]:
    return dict(json.loads((await warroom(stack.data, "tickets", "show", number, "--json")).out))


async def _until_stage(stack: LiveStack, number: str, stage: str) -> None:
    sql = "SELECT document FROM tickets WHERE number = ?"
    await until(lambda: json.loads(query(stack, sql, number)[0][0])["stage"] == stage)

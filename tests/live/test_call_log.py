"""Every call can be looked up: what was heard and pressed, who was tried with what result, who hung up."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from router.clock import utc_now
from router.storage.repositories.calls.call_log_repository import CallFilter
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, RATION_IN_BHOPAL, answer, booked, skip_details
from tests.support.commands import assert_one_clear_line, short_hints, warroom
from tests.support.day_figures import stats_since
from tests.support.faults import in_bridge, shorten
from tests.support.operators import at_work, has
from tests.support.ports import free_ports
from tests.support.provider import provider_at
from tests.support.trunk_files import LOOPBACK
from warroom.cli.common import open_storage
from warroom.config.secrets import test_header as header_of_a_test
from warroom.sip_test_client import CallRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from router.storage.repositories.calls.call_log_repository import LoggedCall

FAR_END = "127.0.3.109"
(PORT,) = free_ports(1)
TRUNK = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{PORT}"
channels = 30
dids = {{ 07554000181 = "181" }}
dials = {{ 108 = "0755108", 104 = "0755104" }}
qualify_s = 0
"""
OPERATORS = """
[[operator]]
id = "101"
name = "Asha"
skills = ["general"]
"""
IN_MENU, TO_TICKET, DANGER, IN_QUEUE, UNKNOWN, NOBODY, TESTER, WAITED = (f"98116009{n:02d}" for n in range(8))

pytestmark = pytest.mark.xdist_group("call-log")  # one stack for all of them


@pytest.fixture(scope="module")
def logged() -> Iterator[LiveStack]:
    """A stack whose emergency line and 104 are at a far end, with one operator."""
    with open_stack(trunks=LOOPBACK + TRUNK, operators=OPERATORS, emergency='["108"]') as stack:
        shorten(stack, "hi/emergency-wait", "hi/nobody-there", "hi/connecting-line-104", "hi/human-wait")
        shorten(stack, "hi/emergency-nobody")
        yield stack


async def test_every_call_is_looked_up(logged: LiveStack) -> None:
    began = utc_now()
    async with logged.call(caller=IN_MENU) as call:
        await answer(call, ((FIRST_MENU, "1"),))
        await call.hear("hi/food-menu")
        await call.hang_up()
    async with logged.call(caller=TO_TICKET) as call:
        await answer(call, RATION_IN_BHOPAL)
        await skip_details(call)
        await booked(call)
        await call.hang_up()
    with pytest.raises(CallRefusedError, match="404"):
        async with logged.call("5555", caller=UNKNOWN):
            pass
    async with provider_at(FAR_END, PORT) as far, logged.call(caller=DANGER) as call:
        await answer(call, ((FIRST_MENU, "9"),))
        await far.busy("0755108", logged.sip)
        await far.declines("0755104", logged.sip)
        await call.hear("hi/leave-message")
        await call.hang_up()
    async with logged.call(caller=NOBODY) as call:
        await answer(call, ((FIRST_MENU, "0"),))
        await call.hear("hi/human-none")
        await call.hang_up()
    async with logged.call(caller=TESTER, extra=header_of_a_test(logged.data)) as call:
        await call.hear("hi/greeting-181")
        await call.hang_up()
    async with at_work(logged, o101="127.0.2.111") as (operator,):
        await has(logged, "general-hi", free=1)
        async with logged.call(caller=WAITED) as call:
            await answer(call, ((FIRST_MENU, "0"),))
            await operator.rings(operator.name)
            await call.hang_up()
        await has(logged, "general-hi", free=1)
        async with logged.call(caller=IN_QUEUE) as call:
            await answer(call, ((FIRST_MENU, "0"),))
            async with operator.takes() as taken:
                await in_bridge(logged)
                listed = json.loads((await warroom(logged.data, "operators", "list", "--json")).out)
                assert [(row["id"], row["call"]["ringing"]) for row in listed] == [("101", False)]
                await taken.hang_up()
            await call.ended()

    calls = {call.caller: call for call in await _ended(logged, 8)}
    while "operator 101 answered" not in (await warroom(logged.data, "calls", "show", IN_QUEUE)).out:
        pass  # the journal is committed every two seconds, and may come after the call's end by CEL
    asked = ("list", "--json"), ("show", calls[f"+91{DANGER}"].uniqueid), ("list", "--trunk", "loopbck")
    listed, danger, mistyped = await asyncio.gather(*(warroom(logged.data, "calls", *words) for words in asked))
    became = {row["caller"]: (row["result"], row["outcome"], row["hung_up"]) for row in json.loads(listed.out)}
    assert became == {
        f"+91{IN_MENU}": ("hung-up", "gone", "caller"),
        f"+91{TO_TICKET}": ("ticket", "ticket", "caller"),
        f"+91{UNKNOWN}": ("rejected", "rejected-unknown-number", "us"),
        f"+91{DANGER}": ("nobody-there", "line-104-chanunavail", "caller"),
        f"+91{TESTER}": ("hung-up", "gone", "caller"),
        f"+91{WAITED}": ("abandoned", "operator-cancel", "caller"),
        f"+91{NOBODY}": ("nobody-there", "unstaffed", "caller"),
        f"+91{IN_QUEUE}": ("spoke", "operator", "operator-101"),
    }
    assert [row["caller"] for row in json.loads(listed.out) if row["direction"] == "test"] == [f"+91{TESTER}"]
    assert_one_clear_line(mistyped, "'loopbck'", "loopback", code=2)
    for said in (
        "heard greeting-181",
        "pressed 9",
        "to be tried in turn: the emergency line, helpline 104",
        "dialled by far: BUSY (cause 17, user busy, SIP 486)",
        "Nobody answered at the emergency line (BUSY)",
        "heard nobody-there connecting-line-104",
        "Nobody answered at helpline 104",
        "SIP 603",
        "heard emergency-nobody",
        "heard leave-message beep",
        "the caller hung up",
    ):
        assert said in danger.out, danger.out
    (ticket,) = [row for row in json.loads(listed.out) if row["result"] == "ticket"]
    shown = ("show", TO_TICKET, "--json"), ("show", UNKNOWN, "--masked"), ("show", IN_QUEUE)
    one, rejected, queue = await asyncio.gather(*(warroom(logged.data, "calls", *words) for words in shown))
    (told,) = json.loads(one.out)
    assert told["uniqueid"] == ticket["uniqueid"]
    assert [event["keys"] for event in told["events"] if event.get("step") == "place"] == ["462001", "1"]
    assert told["cdr"]
    assert told["tickets"]
    assert "no trunk names the number dialled in its dids (404)" in rejected.out
    assert UNKNOWN not in rejected.out
    assert "waits in queue general-hi" in queue.out
    assert "speaks with operator-101" in queue.out
    await _tickets_and_figures(logged, danger.out.partition("ticket ")[2][:9], began)
    by_ticket = json.loads((await warroom(logged.data, "calls", "show", told["tickets"][0], "--json")).out)
    assert [one["uniqueid"] for one in by_ticket] == [ticket["uniqueid"]]


async def _tickets_and_figures(logged: LiveStack, number: str, began: datetime) -> None:
    """What an officer sees of the same calls."""
    wanted = (
        ("tickets", "list"),
        ("tickets", "list", "--need", "rashion"),
        ("tickets", "show", number),
        ("tickets", "history", number),
    )
    listed, mistyped, shown, history = await asyncio.gather(*(warroom(logged.data, *words) for words in wanted))
    first = next(line for line in listed.out.splitlines() if "district-" in line or "state" in line)
    assert number in first
    assert "DANGER" in first
    assert_one_clear_line(mistyped, "'rashion'", "ration", code=2)
    assert "nobody-there: warroom calls show" in short_hints(shown.out)
    assert "note       Nobody answered at the emergency line (BUSY)." in shown.out
    assert "status noted; Nobody answered at helpline 104 (CHANUNAVAIL)." in history.out
    whole = await stats_since(logged.data, began)
    assert [whole[key] for key in ("offered", "rejected", "asked", "served", "not_served")] == [7, 1, 4, 1, 2]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
async def test_signalling_of_one_number_is_recorded_and_no_other(logged: LiveStack) -> None:
    mine, other = "9811600930", "9811600931"
    started = await warroom(logged.data, "calls", "capture", "start", mine, "--minutes", "1")
    assert started.code == 0, started
    again = await warroom(logged.data, "calls", "capture", "start", other)
    assert_one_clear_line(again, f"+91{mine} is recorded until")
    for caller in (other, mine):
        async with logged.call(caller=caller) as call:
            await call.hear("hi/greeting-181")
            await call.hang_up()
    await _ended(logged, 1, phone=f"+91{mine}")
    stopped = await warroom(logged.data, "calls", "capture", "stop")
    assert stopped.code == 0, stopped
    (file,) = (logged.data / "captures").glob("*.pcapng")
    assert file.stat().st_mode & 0o077 == 0
    assert mine.encode() in file.read_bytes()
    assert other.encode() not in file.read_bytes()
    shown = await warroom(logged.data, "calls", "show", mine, "--sip", "--masked")
    for message in ("INVITE sip:181@", "SIP/2.0 200 OK", "BYE sip:"):
        assert message in shown.out, shown
    assert mine not in shown.out


async def test_call_that_the_service_never_saw_is_there(logged: LiveStack) -> None:
    """By Asterisk's CEL alone: it came, was answered, a message was taken, the caller hung up."""
    caller = "9811600919"
    logged.processes.stop("serve", signal.SIGKILL)
    async with logged.call(caller=caller) as call:
        await call.hear("hi/leave-message")
        await call.hang_up()
    await asyncio.to_thread(logged.processes.start_service)
    (call_,) = await _ended(logged, 1, phone=f"+91{caller}")
    assert (call_.result, call_.trunk, call_.did, call_.hung_up) == ("message", "loopback", "181", "caller")


async def _ended(stack: LiveStack, count: int, **wanted: Any) -> list[LoggedCall]:
    """Wait until so many calls are in the log with their ends."""
    found: list[LoggedCall] = []

    async def there() -> bool:
        found[:] = await store.read(lambda uow: uow.call_log.find(CallFilter(**wanted), 99))
        return sum(call.ended is not None for call in found) == count

    async with open_storage(stack.data) as store:
        await until(there, seconds=60)
    return found

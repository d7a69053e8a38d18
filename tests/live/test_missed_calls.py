"""Missed calls: who is called back, what counts as spoken with, and why somebody was not reached."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, RATION_IN_BHOPAL, answer
from tests.support.citizens import Citizens, citizens_at
from tests.support.commands import warroom
from tests.support.faults import alerts_of, in_bridge, query, restart_service, tickets_of
from tests.support.missed_calls import FAR_END, FAR_PORT, OF_CALLER, call_and_be_refused, missed_call_stack
from tests.support.operators import at_work, has
from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("missed")]


@pytest.fixture(scope="module")
def missed() -> Iterator[LiveStack]:
    with missed_call_stack() as stack:
        yield stack


@pytest.fixture
async def citizens() -> AsyncIterator[Citizens]:
    async with citizens_at(FAR_END, FAR_PORT) as there:
        yield there


async def test_who_is_not_reached_frees_the_line_at_once_and_the_reason_is_booked(
    missed: LiveStack, citizens: Citizens
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
    for caller, (said, _) in reasons.items():
        citizens.send_answer(await citizens.rings(caller), said, missed.sip)
    for caller in reasons:
        await until(lambda c=caller: query(missed, OF_CALLER, f"+91{c}/%")[0][1])
    booked = {caller: query(missed, OF_CALLER, f"+91{caller}/%") for caller in reasons}
    assert booked == {caller: [(reason, 1)] for caller, (_, reason) in reasons.items()}
    # and nobody was talked to: no call in the books, no message in the spool, no channel
    assert query(missed, "SELECT count(*) FROM calls") == before
    assert list(missed.layout.incoming.iterdir()) == []
    assert "0 active channels" in await asyncio.to_thread(missed.asterisk, "core show channels count")
    assert "OutgoingSpoolFailed" not in (missed.layout.asterisk_log / "cdr-csv" / "Master.csv").read_text()


async def test_only_who_pressed_a_key_was_spoken_with_and_no_operator_gets_a_voice_box(
    missed: LiveStack, citizens: Citizens
) -> None:
    """One hangs up at once; one stays to the end and presses nothing; one presses a key; one asks for a person."""
    gone, box, caller, asker = "9811800011", "9811800012", "9811800013", "9811800014"
    async with at_work(missed, o101="127.0.2.101") as (operator,):
        await has(missed, "general-hi", free=1)

        async def lifted(number: str, keys: tuple[tuple[str, str], ...]) -> None:
            await call_and_be_refused(missed, number)
            async with citizens.lifts(await citizens.rings(number), missed.sip, missed.matcher) as call:
                await call.hear("hi/greeting-181")
                await answer(call, keys)
                if number == asker:
                    async with operator.takes():
                        await in_bridge(missed)
                        await call.hang_up()
                elif number == box:
                    await call.ended()
                else:
                    await call.hang_up()

        to_food, to_a_person = ((FIRST_MENU, "1"), ("food-menu", "")), ((FIRST_MENU, "0"),)
        await asyncio.gather(lifted(gone, ()), lifted(box, ()), lifted(caller, to_food), lifted(asker, to_a_person))
        silent, spoken = [("answered, nobody spoke", 1)], [("spoken", 0)]
        for number, end in ((gone, silent), (box, silent), (caller, spoken), (asker, spoken)):
            await until(lambda n=number, b=end: query(missed, OF_CALLER, f"+91{n}/%") == b)
        assert operator.times_rung == 1
        booked = "SELECT outcome FROM calls WHERE phone = ?"
        await until(lambda: query(missed, booked, f"+91{box}") == [("nobody",)])


async def test_who_answers_while_the_service_is_away_leaves_no_message_and_is_called_again(
    missed: LiveStack, citizens: Citizens
) -> None:
    """A voice box would leave its greeting; it hears of the fault, and the try counts as one."""
    frozen, killed = "9721800021", "9721800022"
    for caller in (frozen, killed):
        await call_and_be_refused(missed, caller)
    invites = {caller: await citizens.rings(caller) for caller in (frozen, killed)}
    missed.processes.send("serve", signal.SIGSTOP)
    async with citizens.lifts(invites[frozen], missed.sip, missed.matcher) as call:
        await call.hear("hi/callback-fault", within_s=20)
        await call.ended()
    await asyncio.to_thread(missed.processes.stop, "serve", signal.SIGKILL)
    async with citizens.lifts(invites[killed], missed.sip, missed.matcher) as box:
        await box.hear("hi/callback-fault")
        await box.ended()
        assert "hi/leave-message" not in box.heard
    assert list(missed.layout.incoming.iterdir()) == []
    await restart_service(missed)
    tried = [("the service ended during the call", 1)]
    for caller in (frozen, killed):
        await until(lambda c=caller: query(missed, OF_CALLER, f"+91{c}/%") == tried)
        assert tickets_of(missed, caller) == []


async def test_strangers_are_called_up_to_the_limits_and_known_citizens_before_them(
    missed: LiveStack, citizens: Citizens
) -> None:
    """A ticket is keyed; then more missed calls come in than a number block may be called for."""
    known, block = "9811900000", [f"98119000{number:02}" for number in range(1, 8)]
    async with missed.call(caller=known) as call:
        await answer(call, RATION_IN_BHOPAL)
    await until(lambda: tickets_of(missed, known))
    for caller in block:
        await call_and_be_refused(missed, caller)
    for caller in block[:5]:
        await citizens.busy(caller, missed.sip)
    await until(lambda: alerts_of(missed, "callbacks-flood"), seconds=60)
    told = json.loads((await warroom(missed.data, "alerts", "list", "--kind", "callbacks-flood", "--json")).out)
    assert told[0]["data"]["limits"] == ["max_per_block_per_hour"]
    await call_and_be_refused(missed, known)
    citizens.send_answer(await citizens.rings(known), "486 Busy Here", missed.sip)
    rung = [sip.dialled(invite) for invite in citizens.invites]
    assert rung == [*block[:5], known]


async def test_who_hangs_up_at_once_has_not_called(missed: LiveStack, citizens: Citizens) -> None:
    caller, other = "9812000001", "9812000002"
    with pytest.raises(TimeoutError):
        async with missed.call("1800", caller=caller, answer_limit_s=0.3):
            pass
    await call_and_be_refused(missed, other)
    await citizens.busy(other, missed.sip)
    assert query(missed, OF_CALLER, f"+91{caller}/%") == []


async def test_voice_box_that_answers_for_a_place_kept_frees_the_operator(
    missed: LiveStack, citizens: Citizens
) -> None:
    talker, keeper = "9812100001", "9812100002"
    async with at_work(missed, o101="127.0.2.101") as (operator,):
        await has(missed, "general-hi", free=1)
        async with missed.call(caller=talker) as call, missed.call(caller=keeper) as waits:
            await answer(call, ((FIRST_MENU, "0"),))
            async with operator.takes():
                await in_bridge(missed)
                await answer(waits, ((FIRST_MENU, "0"), ("hold-tone", "1")))
                await waits.hear("hi/place-kept")
                await waits.ended()
                await call.hang_up()
        async with (
            operator.takes() as desk,
            citizens.lifts(await citizens.rings(keeper), missed.sip, missed.matcher) as box,
        ):
            await box.hear("hi/place-ready")
            await desk.ended()
        await until(lambda: query(missed, OF_CALLER, f"+91{keeper}/%") == [("answered, nobody spoke", 1)])

"""Operators and queues: who gets which call, what a waiting caller hears, places kept, missed calls, supervisors."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from agi.ami.originator import FULL
from agi.cdr.statistics import compute_daily_statistics
from agi.prompts.sound.g711 import from_alaw, to_alaw
from router.clock import utc_now
from router.model.job import CALL
from tests.live.conftest import LiveStack
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, answer
from tests.support.citizens import citizens_at
from tests.support.day_figures import days_since
from tests.support.faults import in_bridge, query, restart_service
from tests.support.operators import at_work, has, operator_at
from tests.support.queue_stack import (
    FAR_END,
    FAR_PORT,
    MOST_CALLS,
    OPERATORS,
    TO_A_DOCTOR,
    TO_A_PERSON,
    TO_A_PERSON_AT_104,
    queue_stack,
    warroom,
)
from tests.support.speech import level, tone
from tests.support.telephones import InDialog
from warroom.cli.common import open_storage
from warroom.sip_test_client import CallRefusedError, sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from warroom.sip_test_client import TestCall

pytestmark = pytest.mark.xdist_group("queues")

WAITING, WAITED_S = 6, 42
"""Callers, and how long they wait: then the queue's mean (a quarter of each new wait, the rest of the old) is about
40 s. app_queue says a minute from 30 s on, and takes from the mean what the caller has waited before he is told."""
TONES = {"caller": 440, "operator": 1000, "chief": 1700}
HEARD = 2000
"""Of 32,767: each tone is said at 8,000."""


@pytest.fixture(scope="module")
def queues() -> Iterator[LiveStack]:
    with queue_stack() as stack:
        yield stack


@asynccontextmanager
async def in_force(stack: LiveStack, operators: str) -> AsyncIterator[None]:
    """Other operators and rules, for the time of the block."""
    for_good = stack.layout.operators.read_text("utf-8")
    stack.layout.operators.write_text(operators, "utf-8")
    await warroom(stack, "apply")
    try:
        yield
    finally:
        stack.layout.operators.write_text(for_good, "utf-8")
        await warroom(stack, "apply")


async def test_call_reaches_the_operator_of_its_skill(queues: LiveStack) -> None:
    async with at_work(queues, o101="127.0.2.101", o102="127.0.2.102") as (general, doctor):
        await has(queues, "general-hi", free=1)
        await has(queues, "health-hi", free=1)
        async with queues.call(caller="9811600001") as call:
            await answer(call, TO_A_DOCTOR)
            async with doctor.takes():
                await in_bridge(queues)
                await call.hang_up()
        async with queues.call(caller="9811600002") as call:
            await answer(call, TO_A_PERSON)
            async with general.takes() as taken:
                await in_bridge(queues)
                await taken.hang_up()
            await call.ended()
        assert (general.times_rung, doctor.times_rung) == (1, 1)


@pytest.mark.long
async def test_waiting_caller_hears_the_place_and_keeps_it_to_be_called(queues: LiveStack) -> None:
    async with at_work(queues, o101="127.0.2.101") as (operator,), citizens_at(FAR_END, FAR_PORT) as citizens:
        await has(queues, "general-hi", free=1)
        async with queues.call(caller="9811600011") as first, queues.call(caller="9811600012") as second:
            await answer(first, TO_A_PERSON)
            async with operator.takes() as taken:
                await in_bridge(queues)
                await answer(second, TO_A_PERSON)
                await has(queues, "general-hi", waiting=1)
                async with queues.call(caller="9811600013") as third:
                    await answer(third, TO_A_PERSON)
                    await has(queues, "general-hi", waiting=2)
                    for said in ("queue-place", "number-2", "queue-place-end", "queue-stay"):
                        await third.hear(f"hi/{said}")
                    await second.hear("hi/hold-tone")
                    await second.press("1")
                    await second.hear("hi/place-kept")
                    await second.ended()
                    await has(queues, "general-hi", waiting=2)  # the place is still in the line
                    await taken.hang_up()
                    async with operator.takes() as for_second:
                        invite = await citizens.rings("9811600012")
                        async with citizens.lifts(invite, queues.sip, queues.matcher) as citizen:
                            await citizen.hear("hi/place-ready")
                            await citizen.press("1")
                            await in_bridge(queues)
                            await citizen.hang_up()
                        await for_second.ended()
                    async with operator.takes():  # and not before
                        await in_bridge(queues)
                        await third.hang_up()
        await until(lambda: query(queues, "SELECT outcome FROM jobs WHERE kind = 'call'") == [("spoken",)])


@pytest.mark.long
async def test_medical_goes_before_who_waits_longest(queues: LiveStack) -> None:
    async with at_work(queues, o102="127.0.2.102") as (doctor,):
        await has(queues, "health-hi", free=1)
        async with (
            queues.call("104", caller="9811600021") as talking,
            queues.call("104", caller="9811600022") as longest,
            queues.call("104", caller="9811600023") as medical,
        ):
            await answer(talking, TO_A_PERSON_AT_104)
            async with doctor.takes() as taken:
                await in_bridge(queues)
                await answer(longest, TO_A_PERSON_AT_104)
                await has(queues, "health-hi", waiting=1)
                await answer(medical, (("greeting-104|danger", "2"), *TO_A_DOCTOR[1:]))
                await has(queues, "health-hi", waiting=2)
                await taken.hang_up()
            for caller in ("9811600023", "9811600022"):
                invite = await doctor.rings(doctor.name)
                assert caller in invite.get("from")
                async with doctor.lifts(invite, queues.sip, queues.matcher) as next_:
                    await in_bridge(queues)
                    await next_.hang_up()


@pytest.mark.long
async def test_nobody_there_or_all_paused_leads_to_the_message_at_once(queues: LiveStack) -> None:
    async with queues.call(caller="9811600031") as call:
        await answer(call, TO_A_PERSON)
        await call.hear("hi/human-none")
        await call.hear("hi/leave-message")
    async with at_work(queues, o101="127.0.2.101") as (operator,):
        await has(queues, "general-hi", free=1)
        await warroom(queues, "operators", "pause", "101", "--reason", "meal")
        await has(queues, "general-hi", paused=1)
        shown = json.loads(await warroom(queues, "queues", "--json"))
        assert next(one["paused"] for one in shown if one["queue"] == "general-hi") == 1
        listed = json.loads(await warroom(queues, "operators", "list", "--json"))
        assert next((one["id"], one["state"], one["telephone"]) for one in listed) == ("101", "paused: meal", "there")
        async with queues.call(caller="9811600032") as call:
            await answer(call, TO_A_PERSON)
            await call.hear("hi/human-none")
        await warroom(queues, "operators", "unpause", "101")
        await has(queues, "general-hi", free=1)
        # who lets it ring is paused; with nobody else there, the caller leaves a message
        async with queues.call(caller="9811600033") as call:
            await answer(call, TO_A_PERSON)
            await operator.rings(operator.name)
            await call.hear("hi/leave-message")
        await until(lambda: query(queues, "SELECT paused FROM operators WHERE id = '101'") == [("no-answer",)])


async def test_caller_who_gives_up_is_counted_as_abandoned(queues: LiveStack) -> None:
    began = utc_now()
    async with at_work(queues, o101="127.0.2.101") as (operator,), queues.call(caller="9811600041") as talking:
        await has(queues, "general-hi", free=1)
        await answer(talking, TO_A_PERSON)
        async with operator.takes():
            await in_bridge(queues)
            async with queues.call(caller="9811600042") as call:
                await answer(call, TO_A_PERSON)
                await has(queues, "general-hi", waiting=1)
                await call.hang_up()
            sql = "SELECT outcome FROM calls WHERE phone = ?"
            await until(lambda: query(queues, sql, "+919811600042") == [("operator-cancel",)])
            await talking.hang_up()
        await until(lambda: query(queues, sql, "+919811600041") == [("operator",)])
    async with open_storage(queues.data) as store, asyncio.timeout(60):  # the books are read every ten seconds
        while True:
            days = [await compute_daily_statistics(store, day) for day in days_since(began)]
            if sum(day.queues["general-hi"].gave_up for day in days) == 1:
                break
            await asyncio.sleep(0.5)
    assert sum(day.figures["all", "all"].gave_up for day in days) == 1


@pytest.mark.long
async def test_missed_call_is_called_back_once_but_not_when_hidden_or_blocked_or_too_often(queues: LiveStack) -> None:
    async with citizens_at(FAR_END, FAR_PORT) as citizens:
        await warroom(queues, "blocklist", "add", "9811600054", "--why", "swears at operators")
        for _ in range(MOST_CALLS):
            async with queues.call(caller="9811600055"):
                pass
        for caller in ("anonymous", "9811600054", "9811600055", "9811600051", "9811600051"):
            with pytest.raises(CallRefusedError, match="486"):
                async with queues.call("1800", caller=caller):
                    pass
        # refused only when all was written
        (asked,) = query(queues, "SELECT group_concat(key) FROM jobs WHERE kind = 'call'")[0]
        assert [phone for phone in ("9811600051", "9811600054", "9811600055") if phone in asked] == ["9811600051"]
        invite = await citizens.rings("9811600051")
        async with citizens.lifts(invite, queues.sip, queues.matcher) as citizen:
            await answer(citizen, ((FIRST_MENU, "1"),))
            await citizen.hear("hi/food-menu")
            await citizen.hang_up()
        sql = "SELECT outcome FROM jobs WHERE kind = 'call' AND key LIKE '%9811600051%'"
        await until(lambda: query(queues, sql) == [("spoken",)])
        assert [sip.dialled(one) for one in citizens.invites] == ["9811600051"]


@pytest.mark.long
async def test_missed_call_while_the_service_is_dead_is_called_back_when_it_is_there_again(queues: LiveStack) -> None:
    caller, full = "9811600052", "9811600053"
    await asyncio.to_thread(queues.processes.stop, "serve", signal.SIGKILL)
    for missed in (caller, caller):
        with pytest.raises(CallRefusedError, match="486"):
            async with queues.call("1800", caller=missed):
                pass
    async with citizens_at(FAR_END, FAR_PORT) as citizens:
        await restart_service(queues)
        async with citizens.lifts(await citizens.rings(caller), queues.sip, queues.matcher) as citizen:
            await answer(citizen, ((FIRST_MENU, "1"),))
            await citizen.hear("hi/food-menu")
            await citizen.hang_up()
        sql = "SELECT outcome, attempts FROM jobs WHERE kind = 'call' AND key LIKE ?"
        await until(lambda: query(queues, sql, f"+91{caller}/%") == [("spoken", 0)])
        # with all channels of the trunk in use nobody is called, and that is no try
        await asyncio.to_thread(queues.asterisk, "dialplan set global WR_CALLBACK_CHANNELS 0")
        try:
            with pytest.raises(CallRefusedError, match="486"):
                async with queues.call("1800", caller=full):
                    pass
            await until(lambda: query(queues, sql, f"+91{full}/%") == [(FULL, 0)], seconds=60)
        finally:
            await asyncio.to_thread(queues.asterisk, "dialplan set global WR_CALLBACK_CHANNELS 600")
        async with open_storage(queues.data) as store:
            await store.write(lambda uow: uow.jobs.cancel_all(kind=CALL, about=f"+91{full}", outcome="seen"))
        assert [sip.dialled(one) for one in citizens.invites] == [caller]


async def test_supervisor_listens_whispers_and_joins_and_nobody_else_can(queues: LiveStack) -> None:
    async with (
        at_work(queues, o101="127.0.2.101") as (operator,),
        operator_at(queues, "102", "127.0.2.102") as other,
        operator_at(queues, "900", "127.0.2.90") as chief,
        InDialog(queues.sip, "181", matcher=queues.matcher, caller="9811600061") as call,
    ):
        await has(queues, "general-hi", free=1)
        await answer(call, TO_A_PERSON)
        async with operator.takes() as taken:
            await in_bridge(queues)
            for key, to_caller, to_operator in (
                ("*1", {"operator"}, {"caller"}),
                ("*2", {"operator"}, {"caller", "chief"}),
                ("*3", {"operator", "chief"}, {"caller", "chief"}),
            ):
                with pytest.raises(CallRefusedError, match="404"):
                    async with other.calls(f"{key}101"):
                        pass
                async with chief.calls(f"{key}101") as listening:
                    parties = {"caller": call, "operator": taken, "chief": listening}
                    hear = {"caller": to_caller, "operator": to_operator, "chief": {"caller", "operator"}}
                    await until(partial(_hear, parties, hear), seconds=60)
                    if key == "*3":
                        await call.hang_up()
                        await listening.ended()  # with the call


async def _hear(parties: dict[str, InDialog], wanted: dict[str, set[str]]) -> bool:
    """Whether, all speaking at once, each hears those they should, and nobody else."""
    for party in parties.values():
        party.frames.clear()
    said = [party.speak(to_alaw(tone(1.0, TONES[name]) // 2)) for name, party in parties.items()]
    await asyncio.gather(*said)
    heard = {name: from_alaw(b"".join(party.frames)) for name, party in parties.items()}
    return wanted == {
        name: {who for who, hertz in TONES.items() if level(sound, hertz) > HEARD} for name, sound in heard.items()
    }


@pytest.mark.long
async def test_operator_in_wrap_up_is_passed_over_and_rung_afterwards(queues: LiveStack) -> None:
    # the second is rung only while the first cannot be; long enough for a caller to press a key meanwhile
    rules = OPERATORS.replace("wrap_up_s = 0", "wrap_up_s = 6")
    second_one = '\n[[operator]]\nid = "103"\nname = "Second"\npenalty = 10\n'
    async with (
        in_force(queues, rules + second_one),
        at_work(queues, o101="127.0.2.101", o103="127.0.2.103") as (first, second),
        queues.call(caller="9811600081") as call,
        queues.call(caller="9811600082") as next_call,
        queues.call(caller="9811600083") as last_call,
    ):
        await has(queues, "general-hi", free=2)
        await answer(call, TO_A_PERSON)
        async with first.takes() as taken:
            await in_bridge(queues)
            await taken.hang_up()
        await answer(next_call, TO_A_PERSON)
        async with second.takes():
            assert first.times_rung == 1
            await answer(last_call, TO_A_PERSON)
            async with first.takes() as taken:
                await taken.hang_up()
            await next_call.hang_up()
        assert (first.times_rung, second.times_rung) == (2, 1)


@pytest.mark.long  # a wait worth speaking of must have been waited first
async def test_waiting_caller_hears_the_wait_to_expect(queues: LiveStack) -> None:
    async with at_work(queues, o101="127.0.2.101") as (operator,), AsyncExitStack() as calls:
        await has(queues, "general-hi", free=1)

        async def waits(number: int) -> TestCall:
            call = await calls.enter_async_context(queues.call(caller=f"98116001{number:02}"))
            await answer(call, TO_A_PERSON)
            return call

        await waits(0)
        async with operator.takes() as taken:
            for number in range(1, WAITING + 1):
                await waits(number)
            await has(queues, "general-hi", waiting=WAITING)
            await asyncio.sleep(WAITED_S)
            await taken.hang_up()
        for _ in range(WAITING - 1):
            async with operator.takes() as taken:
                await in_bridge(queues)  # RFC 3261 section 15: no BYE before the ACK
                await taken.hang_up()
        async with operator.takes():  # the last of them: who is taken at once would lower the mean
            await waits(51)
            await has(queues, "general-hi", waiting=1)
            call = await waits(52)  # the first in line is told only that
            for said in ("queue-place", "number-2", "queue-wait", "number-1", "queue-minute", "queue-stay"):
                await call.hear(f"hi/{said}")

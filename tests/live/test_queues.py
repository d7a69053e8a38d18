"""Operators and queues: who gets which call, what a waiting caller hears, places kept, missed calls, supervisors."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError

from agi.ami.originator import FULL
from agi.cdr.statistics import compute_daily_statistics
from agi.prompts.g711 import from_alaw, to_alaw
from router.india import INDIA
from router.mqtt import topics
from router.mqtt.client import create_client
from router.storage.repositories import job_repository
from router.storage.repositories.job_repository import CALL
from tests.live.conftest import House, open_house
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, answer
from tests.support.citizens import citizens_at, dialled
from tests.support.faults import as_router, in_bridge, query, restart_service, shorten, tickets_of
from tests.support.operators import at_work, has, operator_at
from tests.support.ports import free_ports
from tests.support.speech import level, tone
from tests.support.telephones import InDialog
from warroom.cli.common import open_storage
from warroom.config.folders import ASTERISK_USER, own
from warroom.config.secrets import mqtt_operator, mqtt_room, read_secret
from warroom.sip_test_client import CallRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from warroom.sip_test_client import TestCall

pytestmark = pytest.mark.xdist_group("queues")

OPERATORS = """[queue]
ring_s = 5
retry_s = 1
announce_s = 15
wrap_up_s = 0

[[operator]]
id = "101"
name = "आशा"
languages = ["hi", "en"]
skills = ["general"]

[[operator]]
id = "102"
name = "Doctor"
skills = ["health"]

[[operator]]
id = "900"
name = "Chief"
supervisor = true
"""
FAR_END = "127.0.3.30"
(FAR_PORT,) = free_ports(1)
#: Every address calls in by this trunk; its server is where citizens are called. 1800 is for missed calls.
TRUNKS = f"""[[trunk]]
name = "loopback"
server = "{FAR_END}:{FAR_PORT}"
match = ["127.0.1.0/24"]
channels = 600
dids = {{ 181 = "181", 104 = "104", 1800 = "missed" }}
qualify_s = 0
"""
#: Keys to a doctor: health, a doctor, not an emergency; then a person.
TO_A_DOCTOR = ((FIRST_MENU, "2"), ("health-menu", "2"), ("medical-now", "1"), ("place-ask", "0"))
TO_A_PERSON_AT_104 = (("greeting-104|danger", "0"),)
TO_A_PERSON = ((FIRST_MENU, "0"),)
MOST_CALLS = 3
"""Of one number in an hour."""
WAITING, WAITED_S = 6, 42
"""Callers, and how long they wait: then the queue's mean (a quarter of each new wait, the rest of the old) is about
40 s. app_queue says a minute from 30 s on, and takes from the mean what the caller has waited before he is told."""
TONES = {"caller": 440, "operator": 1000, "chief": 1700}
HEARD = 2000
"""Of 32,767: each tone is said at 8,000."""


@pytest.fixture(scope="module")
def queues() -> Iterator[House]:
    settings = {"callbacks": "{ from_hour = 0, until_hour = 24 }", "limit": f"{{ calls = {MOST_CALLS}, minutes = 60 }}"}
    with open_house(operators=OPERATORS, trunks=TRUNKS, **settings) as house:
        shorten(house, "hi/human-wait", "hi/human-none", "hi/place-kept", "hi/queue-stay")
        yield house


async def warroom(house: House, *words: str) -> str:
    """Run a command; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "warroom", "--data", str(house.data), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@asynccontextmanager
async def in_force(house: House, operators: str) -> AsyncIterator[None]:
    """Other operators and rules, for the time of the block."""
    for_good = house.layout.operators.read_text("utf-8")
    house.layout.operators.write_text(operators, "utf-8")
    await warroom(house, "operators", "apply")
    try:
        yield
    finally:
        house.layout.operators.write_text(for_good, "utf-8")
        await warroom(house, "operators", "apply")


async def test_call_reaches_the_operator_of_its_skill(queues: House) -> None:
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


async def test_waiting_caller_hears_the_place_and_keeps_it_to_be_called(queues: House) -> None:
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
                        async with citizens.lifts(invite, queues.sip, queues.ear) as citizen:
                            await citizen.hear("hi/place-ready")
                            await citizen.press("1")
                            await in_bridge(queues)
                            await citizen.hang_up()
                        await for_second.ended()
                    async with operator.takes():  # and not before
                        await in_bridge(queues)
                        await third.hang_up()
        await until(lambda: query(queues, "SELECT outcome FROM work WHERE kind = 'call'") == [("spoken",)])


async def test_medical_goes_before_who_waits_longest(queues: House) -> None:
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
                async with doctor.lifts(invite, queues.sip, queues.ear) as next_:
                    await in_bridge(queues)
                    await next_.hang_up()


async def test_nobody_there_or_all_paused_leads_to_the_message_at_once(queues: House) -> None:
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


async def test_caller_who_gives_up_is_counted_as_abandoned(queues: House) -> None:
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
    async with open_storage(queues.data) as store, asyncio.timeout(20):  # the books are read every ten seconds
        while True:
            day = await compute_daily_statistics(store, datetime.now(UTC).astimezone(INDIA).date())
            if day.queues["general-hi"].gave_up == 1:
                break
            await asyncio.sleep(0.5)
    assert day.figures["all", "all"].gave_up == 1


async def test_missed_call_is_called_back_once_but_not_when_hidden_or_blocked_or_too_often(queues: House) -> None:
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
        (asked,) = query(queues, "SELECT group_concat(key) FROM work WHERE kind = 'call'")[0]
        assert [phone for phone in ("9811600051", "9811600054", "9811600055") if phone in asked] == ["9811600051"]
        invite = await citizens.rings("9811600051")
        async with citizens.lifts(invite, queues.sip, queues.ear) as citizen:
            await answer(citizen, ((FIRST_MENU, "1"),))
            await citizen.hear("hi/food-menu")
            await citizen.hang_up()
        sql = "SELECT outcome FROM work WHERE kind = 'call' AND key LIKE '%9811600051%'"
        await until(lambda: query(queues, sql) == [("spoken",)])
        assert [dialled(one) for one in citizens.invites] == ["9811600051"]


async def test_missed_call_while_the_service_is_dead_is_called_back_when_it_is_there_again(queues: House) -> None:
    caller, full = "9811600052", "9811600053"
    await asyncio.to_thread(queues.stack.stop, "serve", signal.SIGKILL)
    for missed in (caller, caller):
        with pytest.raises(CallRefusedError, match="486"):
            async with queues.call("1800", caller=missed):
                pass
    async with citizens_at(FAR_END, FAR_PORT) as citizens:
        await restart_service(queues)
        async with citizens.lifts(await citizens.rings(caller), queues.sip, queues.ear) as citizen:
            await answer(citizen, ((FIRST_MENU, "1"),))
            await citizen.hear("hi/food-menu")
            await citizen.hang_up()
        sql = "SELECT outcome, tries FROM work WHERE kind = 'call' AND key LIKE ?"
        await until(lambda: query(queues, sql, f"+91{caller}/%") == [("spoken", 0)])
        # with all channels of the trunk in use nobody is called, and that is no try
        await asyncio.to_thread(queues.asterisk, "dialplan set global WR_CALLBACK_CHANNELS 0")
        try:
            with pytest.raises(CallRefusedError, match="486"):
                async with queues.call("1800", caller=full):
                    pass
            await until(lambda: query(queues, sql, f"+91{full}/%") == [(FULL, 0)], seconds=20.0)
        finally:
            await asyncio.to_thread(queues.asterisk, "dialplan set global WR_CALLBACK_CHANNELS 600")
        async with open_storage(queues.data) as store:
            await store.write(partial(job_repository.cancel_all, kind=CALL, about=f"+91{full}", outcome="seen"))
        assert [dialled(one) for one in citizens.invites] == [caller]


async def test_supervisor_listens_whispers_and_joins_and_nobody_else_can(queues: House) -> None:
    async with (
        at_work(queues, o101="127.0.2.101") as (operator,),
        operator_at(queues, "102", "127.0.2.102") as other,
        operator_at(queues, "900", "127.0.2.90") as chief,
        InDialog(queues.sip, "181", ear=queues.ear, caller="9811600061") as call,
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
                    await until(partial(_hear, parties, hear), seconds=20)
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


async def test_operator_in_wrap_up_is_passed_over_and_rung_afterwards(queues: House) -> None:
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
async def test_waiting_caller_hears_the_wait_to_expect(queues: House) -> None:
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
                await taken.hang_up()
        async with operator.takes():  # the last of them: who is taken at once would lower the mean
            await waits(51)
            await has(queues, "general-hi", waiting=1)
            call = await waits(52)  # the first in line is told only that
            for said in ("queue-place", "number-2", "queue-wait", "number-1", "queue-minute", "queue-stay"):
                await call.hear(f"hi/{said}")


def client_of(house: House, account: str, secret: str) -> aiomqtt.Client:
    """A client that signs in at the broker with the password that was made for it."""
    return create_client(house.settings.router.broker, account, read_secret(house.data, secret), f"{account}-test")


def console_of(house: House, operator: str) -> aiomqtt.Client:
    return client_of(house, topics.operator(operator), mqtt_operator(operator))


async def call_in_hand(house: House, console: aiomqtt.Client, operator: str) -> AsyncIterator[dict[str, Any]]:
    """What an operator's console sees of the call in hand, empty for none."""
    root = house.settings.router.broker.topic_root
    await console.subscribe(f"{root}/{topics.operator_calls(operator)}", qos=1)
    async for message in console.messages:
        assert isinstance(message.payload, bytes)
        yield json.loads(message.payload)["data"] if message.payload else {}


async def test_operator_pauses_from_the_console_and_sees_the_call_in_hand(queues: House) -> None:
    async with at_work(queues, o101="127.0.2.101") as (operator,):
        await has(queues, "general-hi", free=1)
        assert (await operator.says("pause", reason="meal")).data["paused"] == "meal"
        await has(queues, "general-hi", paused=1)
        assert (await operator.says("unpause")).data["paused"] == ""
        await has(queues, "general-hi", free=1)
        async with (
            console_of(queues, "101") as console,
            queues.call(caller="9811600071") as call,
            asyncio.timeout(30),
        ):
            seen = call_in_hand(queues, console, "101")
            await answer(call, TO_A_PERSON)
            async with operator.takes():
                await in_bridge(queues)
                first = await anext(seen)
                assert (first["caller"], first["helpline"], first["queue"]) == ("9811600071", "181", "general-hi")
                await call.hang_up()
            assert not await anext(seen)
        assert (await operator.says("logout")).data["present"] is False
    assert (await operator.says("pause", reason="meal")).code == "not-at-work"


async def test_call_in_hand_is_shown_again_after_the_service_was_killed(queues: House) -> None:
    root = queues.settings.router.broker.topic_root
    async with (
        at_work(queues, o102="127.0.2.102") as (doctor,),
        console_of(queues, "101") as idle,
        console_of(queues, "102") as console,
        queues.call(caller="9811600091") as call,
        asyncio.timeout(90),
    ):
        await has(queues, "health-hi", free=1)
        seen = call_in_hand(queues, console, "102")
        await answer(call, TO_A_DOCTOR)
        async with doctor.takes():
            await in_bridge(queues)
            first = await with_ticket(seen)
            queues.stack.stop("serve", signal.SIGKILL)
            async with as_router(queues) as router:
                for operator, text in (("101", '{"data": {"caller": "1"}}'), ("102", "")):
                    await router.publish(f"{root}/{topics.operator_calls(operator)}", text, qos=1, retain=True)
            left = call_in_hand(queues, idle, "101")
            assert await anext(left) == {"caller": "1"}
            await restart_service(queues)
            again = await with_ticket(seen)
            assert {**again, "since": 0} == {**first, "since": 0}  # Asterisk knows that to a second
            assert not await anext(left)
            await call.hang_up()
        assert not await anext(seen)
        await until(lambda: "Spoke with an operator" in str(tickets_of(queues, "9811600091")))
        async with queues.call(caller="9811600092") as last:
            await answer(last, TO_A_DOCTOR)
            async with doctor.takes():
                await with_ticket(seen)
                sql = "SELECT outcome FROM calls WHERE phone = ?"
                await until(lambda: query(queues, sql, "+919811600092") == [("operator",)])
                queues.stack.stop("serve", signal.SIGKILL)
                await last.hang_up()
        await restart_service(queues)  # and reads in Asterisk's books that they spoke
        await until(lambda: "Spoke with an operator" in str(tickets_of(queues, "9811600092")), seconds=30)
        assert not await anext(seen)


async def with_ticket(seen: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """The call in hand, as soon as its ticket is told."""
    async for call in seen:
        if "ticket" in call:
            return call
    raise AssertionError


NEW_OPERATOR = """
[[operator]]
id = "103"
name = "New"
skills = ["general", "division-bhopal"]
"""


async def test_operators_apply_puts_a_new_operator_in_force(queues: House) -> None:
    path = queues.layout.operators
    path.write_text(OPERATORS + NEW_OPERATOR, "utf-8")
    assert "added: 103" in await warroom(queues, "operators", "apply", "--dry-run")
    assert "operator-103" not in await asyncio.to_thread(queues.asterisk, "pjsip show endpoints")
    async with client_of(queues, "district-bhopal", mqtt_room("district-bhopal")) as room, asyncio.timeout(60):
        applied = json.loads(await warroom(queues, "operators", "apply", "--json"))
        assert (applied["added"], applied["queues"], applied["applied"]) == (["103"], True, True)
        async with console_of(queues, "103") as console, at_work(queues, o103="127.0.2.103") as (operator,):
            await has(queues, "division-bhopal-hi", free=1)
            seen = call_in_hand(queues, console, "103")
            async with queues.call(caller="9811600081") as call:
                await answer(call, TO_A_PERSON)
                async with operator.takes():
                    assert (await anext(seen))["caller"] == "9811600081"
                    await call.hang_up()
            assert not await anext(seen)
            path.write_text(OPERATORS, "utf-8")
            assert json.loads(await warroom(queues, "operators", "apply", "--json"))["removed"] == ["103"]
            with pytest.raises(aiomqtt.MqttError):  # the removed operator's console is put out
                await anext(seen)
        with pytest.raises(MqttConnectError):
            async with console_of(queues, "103"):
                pass
        # a room's connection has outlived both
        presence = f"{queues.settings.router.broker.topic_root}/rooms/district-bhopal/presence/test"
        await room.publish(presence, "online", qos=1)
    assert "operator-103" not in await asyncio.to_thread(queues.asterisk, "pjsip show endpoints")


async def test_operators_apply_that_asterisk_takes_otherwise_is_rolled_back(queues: House) -> None:
    """A section of the admin's own with the same name; the broker is told first, and told again."""
    path, local = queues.layout.operators, queues.data / "asterisk" / "local" / "pjsip_wizard.conf"
    kept = local.read_text()
    path.write_text(OPERATORS + NEW_OPERATOR.replace("103", "104"), "utf-8")
    try:
        local.write_text(kept + "\n[operator-104](operator)\nendpoint/context = from-trunk\n")
        own(local, ASTERISK_USER, 0o600)
        with pytest.raises(AssertionError, match="context is from-trunk, not from-operator; all is as it was before"):
            await warroom(queues, "operators", "apply")
    finally:
        local.write_text(kept)
        path.write_text(OPERATORS, "utf-8")
    with pytest.raises(MqttConnectError):
        async with console_of(queues, "104"):
            pass
    async with console_of(queues, "101"):
        pass

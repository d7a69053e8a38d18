"""Operators and queues: who gets which call, what a waiting caller hears, places kept, missed calls, supervisors."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError

from agi.books.day import counted_day
from router.broker import topics
from router.broker.client import signed_in
from router.broker.operator_client import command_as_operator
from router.places.hours import INDIA
from router.tickets.operators import AttendanceBook
from tests.brokers import until
from tests.live.citizen import FIRST_MENU, answer
from tests.live.citizens import citizens_at, dialled
from tests.live.conftest import House, open_house
from tests.live.faults import as_router, in_bridge, query, restart_service, shorten, tickets_of
from tests.live.operators import OperatorTelephone, operator_at
from tests.ports import free_ports
from warroom.commands.common import opened_store
from warroom.layout import ASTERISK_USER, own
from warroom.queue_state import queues_now
from warroom.secret_files import AMI, mqtt_operator, mqtt_room, read_secret
from warroom.telephone import CallRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from router.broker.operator_words import OperatorReply

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


@pytest.fixture(scope="module")
def queues() -> Iterator[House]:
    with open_house(operators=OPERATORS, trunks=TRUNKS, callbacks="{ from_hour = 0, until_hour = 24 }") as house:
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


async def has(house: House, queue: str, **wanted: int) -> None:
    """Wait until a queue is so."""
    manager = house.settings.calls.ami_host, house.settings.calls.ami_port
    secret = read_secret(house.data, AMI)
    async with asyncio.timeout(20):
        while True:
            now = next(one for one in await queues_now(manager, secret) if one["queue"] == queue)
            if {key: now[key] for key in wanted} == wanted:
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def at_work(house: House, **operators: str) -> AsyncIterator[list[OperatorTelephone]]:
    """Operators (by o<id>, with the address of the telephone) who have signed in and take calls."""
    async with AsyncExitStack() as stack:
        telephones = []
        for name, host in operators.items():
            telephones.append(await stack.enter_async_context(operator_at(house, name[1:], host)))
        async with opened_store(house.data) as store:
            book = AttendanceBook(store)
            for name in operators:
                await book.come(name[1:])
            yield telephones
            for name in operators:
                await book.go(name[1:])
        for queue in ("general-hi", "health-hi"):
            await has(house, queue, members=0, waiting=0)


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
    async with opened_store(queues.data) as store, asyncio.timeout(20):  # the books are read every ten seconds
        while True:
            day = await counted_day(store, datetime.now(UTC).astimezone(INDIA).date())
            if day.queues["general-hi"].gave_up == 1:
                break
            await asyncio.sleep(0.5)
    assert day.figures["all", "all"].gave_up == 1


async def test_missed_call_is_called_back_once_and_a_hidden_one_is_not(queues: House) -> None:
    async with citizens_at(FAR_END, FAR_PORT) as citizens:
        for caller in ("anonymous", "9811600051", "9811600051"):
            with pytest.raises(CallRefused, match="486"):
                async with queues.call("1800", caller=caller):
                    pass
        invite = await citizens.rings("9811600051")
        async with citizens.lifts(invite, queues.sip, queues.ear) as citizen:
            await citizen.hear("hi/greeting-181")
            await citizen.hang_up()
        sql = "SELECT outcome FROM work WHERE kind = 'call' AND key LIKE '%9811600051%'"
        await until(lambda: query(queues, sql) == [("spoken",)])
        assert [dialled(one) for one in citizens.invites] == ["9811600051"]


async def test_supervisor_whispers_to_the_operator_and_nobody_else_can(queues: House) -> None:
    async with (
        at_work(queues, o101="127.0.2.101") as (operator,),
        operator_at(queues, "102", "127.0.2.102") as other,
        operator_at(queues, "900", "127.0.2.90") as chief,
        queues.call(caller="9811600061") as call,
    ):
        await has(queues, "general-hi", free=1)
        await answer(call, TO_A_PERSON)
        async with operator.takes() as taken:
            await in_bridge(queues)
            with pytest.raises(CallRefused, match="404"):
                async with other.calls("*2101"):
                    pass
            async with chief.calls("*2101") as whisper:
                async with asyncio.timeout(10):
                    while "ChanSpy" not in await asyncio.to_thread(queues.asterisk, "core show channels"):
                        pass
                prompt = (queues.layout.prompts / "hi" / "number-is.alaw").read_bytes()
                before = (taken.loud_s, call.loud_s)
                await whisper.speak(prompt)
                await until(lambda: taken.loud_s > before[0] + 0.5)
                assert call.loud_s == before[1]  # the caller heard nothing of it
                await call.hang_up()
                await whisper.ended()  # with the call


def client_of(house: House, account: str, secret: str) -> aiomqtt.Client:
    """A client that signs in at the broker with the password that was made for it."""
    return signed_in(house.settings.router.broker, account, read_secret(house.data, secret), f"{account}-test")


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
    broker, account = queues.settings.router.broker, topics.operator("101")
    password = read_secret(queues.data, mqtt_operator("101"))

    async def say(action: str, **more: str) -> OperatorReply:
        words = {"action": action, **more}
        return await command_as_operator(broker, account, password, words, operator="101", client="console", limit_s=15)

    async with at_work(queues, o101="127.0.2.101") as (operator,):
        await has(queues, "general-hi", free=1)
        assert (await say("pause", reason="meal")).data["paused"] == "meal"
        await has(queues, "general-hi", paused=1)
        assert (await say("unpause")).data["paused"] == ""
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
        assert (await say("logout")).data["present"] is False
    assert (await say("pause", reason="meal")).code == "not-at-work"


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

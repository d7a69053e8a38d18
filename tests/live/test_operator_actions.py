"""What an operator's console does by MQTT alone, with a hardware telephone: tickets, hang-up, hold, danger."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.mqtt import topics
from router.mqtt.commands.operator_client import command_as_operator
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.live.conftest import LiveStack
from tests.support.brokers import WAIT_S, until
from tests.support.call_control import hear_each_other
from tests.support.citizen import answer
from tests.support.faults import all_lines_free, as_router, in_bridge, query, tickets_of
from tests.support.operators import at_work, has, operator_at
from tests.support.provider import provider_at
from tests.support.queue_stack import FAR_END, FAR_PORT, TO_A_PERSON, TRUNKS, queue_stack
from warroom.config.secrets import MQTT_ROUTER, read_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from router.mqtt.operator_messages import OperatorReply
    from tests.support.operators import OperatorTelephone
    from tests.support.telephones import FarTelephone
    from warroom.sip_test_client import TestCall

pytestmark = pytest.mark.xdist_group("operator-actions")

EMERGENCY = "0755108"
MILK = {"service_code": "fresh", "district": "bhopal", "quantity": "2 l", "people": 3, "landmark": "Hanuman mandir"}


@pytest.fixture(scope="module")
def queues() -> Iterator[LiveStack]:
    with queue_stack(f'{TRUNKS}dials = {{ 108 = "{EMERGENCY}" }}\n', emergency='["108"]') as stack:
        yield stack


@asynccontextmanager
async def talk(
    stack: LiveStack, operator: OperatorTelephone, caller: str
) -> AsyncIterator[tuple[str, TestCall, FarTelephone]]:
    """A citizen speaks with an operator: the call's unique id, the citizen, the operator's end."""
    async with stack.call(caller=caller) as citizen:
        await answer(citizen, TO_A_PERSON)
        async with operator.takes() as taken:
            await in_bridge(stack)
            sql = "SELECT uniqueid FROM calls WHERE phone = ?"
            await until(lambda: query(stack, sql, f"+91{caller}"))
            yield query(stack, sql, f"+91{caller}")[0][0], citizen, taken


async def retained(stack: LiveStack, topic: str, **wanted: Any) -> dict[str, Any]:
    """Wait until a topic (without root) says this; return all it says."""
    async with as_router(stack) as client, asyncio.timeout(WAIT_S):
        await client.subscribe(f"{stack.settings.router.broker.topic_root}/{topic}", qos=1)
        async for message in client.messages:
            data: dict[str, Any] = json.loads(message.payload)["data"] if message.payload else {}
            if all(data.get(key) == value for key, value in wanted.items()):
                return data
    raise AssertionError


async def say_as_warroom(stack: LiveStack, **words: Any) -> OperatorReply:
    password = read_secret(stack.data, MQTT_ROUTER)
    broker = stack.settings.router.broker
    return await command_as_operator(
        broker, ROUTER_ACCOUNT, password, words, client=f"test-{uuid.uuid4().hex[:8]}", limit_s=WAIT_S
    )


async def test_operator_files_a_ticket_adds_to_it_and_hangs_up(queues: LiveStack) -> None:
    async with at_work(queues, o101="127.0.2.101", o102="127.0.2.102") as (operator, doctor):
        await has(queues, "general-hi", free=1)
        async with talk(queues, operator, "9811600101") as (call, citizen, taken):
            once = uuid.uuid4().hex
            filed = await operator.says("file", command_id=once, call=call, note="दूध चाहिए", **MILK)
            assert filed.accepted, filed.reason
            number = filed.data["ticket"]
            assert (filed.data["room"], filed.data["joined"]) == ("district-bhopal", False)
            again = await operator.says("file", command_id=once, call=call, note="दूध चाहिए", **MILK)
            assert again.data == filed.data
            (ticket,) = tickets_of(queues, "9811600101")
            assert ticket["service_request_id"] == number
            assert (ticket["channel"], ticket["quantity"], ticket["people"]) == ("operator", "2 l", 3)
            assert (ticket["description"], ticket["calls"], ticket["helpline"]) == ("दूध चाहिए", [call], "181")
            joined = await operator.says("file", call=call, **MILK)
            assert (joined.data["ticket"], joined.data["joined"]) == (number, True)
            half = await operator.says("file", call=call)
            assert half.data["room"] == "state"  # to be asked for
            urgent = await operator.says("file", call=call, danger=True, district="indore")
            other = (await operator.says("file", phone="9811600199", on_behalf=True, call=call, **MILK)).data["ticket"]
            assert {one["service_request_id"]: one["priority"] for one in tickets_of(queues, "9811600101")}[
                urgent.data["ticket"]
            ] == 1
            (theirs,) = tickets_of(queues, "9811600199")
            assert theirs["service_request_id"] == other
            assert "somebody else; the caller's number is +919811600101" in theirs["status_notes"]

            added = await operator.says(
                "add-to-ticket", call=call, ticket=number, note="gate 2", changes={"landmark": "Kali mandir"}
            )
            assert added.accepted, added.reason
            assert (await operator.says("add-to-ticket", call=call, ticket="199999992")).code == "no-ticket"
            assert (await operator.says("file", service_code="gold")).code == "no-need"
            assert (await operator.says("file", district="atlantis")).code == "no-district"
            assert (await doctor.says("file", call=call, **MILK)).code == "not-your-call"
            assert (await doctor.says("hang-up", call=call)).code == "not-yours"
            (ticket,) = (one for one in tickets_of(queues, "9811600101") if one["service_request_id"] == number)
            assert ticket["landmark"] == "Kali mandir"
            assert "operator 101: gate 2" in ticket["notes"]

            assert (await operator.says("hang-up", call=call)).accepted
            await citizen.ended()
            await taken.ended()
            assert "hi/other-hung-up" not in citizen.heard
        late = await operator.says("file", call=call, service_code="ration", district="bhopal")
        assert late.accepted, late.reason  # in the wrap-up
        assert (await operator.says("hang-up", call=call)).code == "no-call"
    await all_lines_free(queues)


async def test_citizen_on_hold_hears_tones_and_comes_back(queues: LiveStack) -> None:
    async with at_work(queues, o101="127.0.2.101") as (operator,):
        await has(queues, "general-hi", free=1)
        await retained(queues, topics.queue("general-hi"), free=1, waiting=0)
        async with talk(queues, operator, "9811600111") as (call, citizen, taken):
            await retained(queues, topics.trunk("loopback"), in_use=1, bought=600)
            await retained(queues, topics.operator_calls("101"), uniqueid=call, held=False)
            assert (await operator.says("resume", call=call)).code == "not-held"
            assert (await operator.says("hold", call=call)).accepted
            await citizen.hear("hi/queue-stay")
            await citizen.hear("hi/hold-tone")
            await retained(queues, topics.operator_calls("101"), uniqueid=call, held=True)
            assert (await operator.says("hold", call=call)).code == "held-already"
            assert (await operator.says("conference", call=call)).code == "not-consulting"
            assert (await operator.says("resume", call=call)).accepted
            await hear_each_other(queues, citizen, taken)
            await retained(queues, topics.operator_calls("101"), uniqueid=call, held=False)
            assert (await operator.says("hold", call=call)).accepted
            assert (await operator.says("hang-up", call=call)).accepted
            await citizen.ended()
            await taken.ended()
        await retained(queues, topics.operator_calls("101"))
        async with talk(queues, operator, "9811600112") as (call, citizen, taken):
            assert (await operator.says("hold", call=call)).accepted
            await taken.hang_up()
            await citizen.hear("hi/connecting-queue", within_s=30)  # to the next operator
            async with operator.takes() as again:
                await in_bridge(queues)
                await hear_each_other(queues, citizen, again)
                await citizen.hang_up()
    await all_lines_free(queues)


async def test_danger_to_life_calls_the_emergency_service_into_the_call(queues: LiveStack) -> None:
    async with (
        at_work(queues, o101="127.0.2.101") as (operator,),
        provider_at(FAR_END, FAR_PORT) as far,
    ):
        await has(queues, "general-hi", free=1)
        async with talk(queues, operator, "9811600121") as (call, citizen, taken):
            said = await operator.says("danger", call=call)
            assert (said.accepted, said.data["invited"]) == (True, True), said
            invite = await far.rings(EMERGENCY)
            async with far.lifts(invite, queues.sip, queues.matcher) as ambulance:
                await hear_each_other(queues, ambulance, citizen)
                await hear_each_other(queues, ambulance, taken)
                assert (await operator.says("hang-up", call=call)).code == "not-two"
                assert (await operator.says("hold", call=call)).accepted  # the two speak about it
                await citizen.hear("hi/hold-tone")
                await hear_each_other(queues, ambulance, taken)
                assert (await operator.says("resume", call=call)).accepted
                await hear_each_other(queues, ambulance, citizen)
                assert (await operator.says("complete", call=call)).accepted  # the others speak on
                await taken.ended()
                await hear_each_other(queues, ambulance, citizen)
            (alarm,) = tickets_of(queues, "9811600121")
            assert (alarm["service_code"], alarm["priority"], alarm["room"]) == ("danger", 1, "state")
            await citizen.hang_up()
        async with talk(queues, operator, "9811600122") as (call, citizen, taken):
            filed = await operator.says("file", call=call, service_code="ration", district="bhopal")
            again = await operator.says("danger", call=call)
            await far.busy(EMERGENCY, queues.sip)
            assert again.data["ticket"] == filed.data["ticket"]
            (ration,) = tickets_of(queues, "9811600122")
            assert ration["priority"] == 1
            assert any("Danger to life" in note for note in ration["notes"])
            await hear_each_other(queues, citizen, taken)
            await citizen.hang_up()
    await all_lines_free(queues)


async def test_war_room_gives_tasks_from_its_screen(queues: LiveStack) -> None:
    due = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    once = uuid.uuid4().hex
    words = {"action": "task-transfer", "item": "wheat", "source": "district-bhopal", "due": due}
    given = await say_as_warroom(queues, command_id=once, target="district-indore", quantity=40, **words)
    assert given.accepted, given.reason
    assert given.data["rooms"] == ["district-bhopal", "district-indore"]
    task = given.data["task"]
    part = await retained(queues, topics.task("district-bhopal", task), stage="given")
    assert (part["role"], part["transfer"]["quantity"]) == ("send", 40)
    assert part["text"].endswith("district-bhopal → district-indore")
    assert (
        await say_as_warroom(queues, command_id=once, target="district-indore", quantity=40, **words)
    ).data == given.data
    everybody = await say_as_warroom(queues, action="task-create", rooms="all", text="Count the beds", due=due)
    assert {"district-agar-malwa", "district-vidisha"} < set(everybody.data["rooms"])
    gone = await say_as_warroom(queues, action="task-cancel", task=task)
    assert gone.data["rooms"] == 2
    codes = [
        (await say_as_warroom(queues, action="task-cancel", task=task)).code,
        (await say_as_warroom(queues, target="district-bhopal", quantity=4, **words)).code,
        (await say_as_warroom(queues, action="task-create", rooms=["atlantis"], text="x", due=due)).code,
        (await say_as_warroom(queues, **{**words, "item": "gold"}, target="district-indore", quantity=4)).code,
        (await say_as_warroom(queues, action="task-create", rooms="all", text="x", due="2020-04-01T12:00:00Z")).code,
    ]
    assert codes == ["no-open-task", "same-room", "no-room", "no-item", "due-past"]
    async with operator_at(queues, "101", "127.0.2.101") as operator:
        assert (await operator.says("task-create", rooms="all", text="x", due=due)).code == "warroom-only"

"""What an operator's console does by MQTT alone, with a hardware telephone: tickets, hang-up, hold, danger."""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from agi.destinations.loader import HELPLINES_FILE
from agi.prompts.sound.g711 import from_alaw, to_alaw
from router.mqtt import topics
from router.mqtt.commands.operator_client import command_as_operator
from router.mqtt.commands.room_client import command_as_room
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from router.tickets.command import Command
from tests.live.conftest import LiveStack
from tests.support.brokers import WAIT_S, until
from tests.support.call_control import hear_each_other
from tests.support.citizen import answer
from tests.support.faults import all_lines_free, in_bridge, query, tickets_of
from tests.support.operator_topics import emptied, retained
from tests.support.operators import at_work, has, operator_at
from tests.support.provider import provider_at
from tests.support.queue_stack import FAR_END, FAR_PORT, TO_A_PERSON, TRUNKS, queue_stack
from tests.support.speech import level, tone
from tests.support.telephones import InDialog
from warroom.config.secrets import MQTT_ROUTER, mqtt_room, read_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from router.mqtt.operator_messages import OperatorReply
    from router.tickets.command import CommandReply
    from tests.support.operators import OperatorTelephone
    from tests.support.telephones import FarTelephone

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("operator-actions")]

EMERGENCY, ROOM_TELEPHONE = "0755108", "07552540001"
TONE_HZ, HEARD = 1000, 2000  # of 32,767: it is said at 8,000
MILK = {"service_code": "fresh", "district": "bhopal", "quantity": "2 l", "people": 3, "landmark": "Hanuman mandir"}


@pytest.fixture(scope="module")
def queues() -> Iterator[LiveStack]:
    helplines = f'{HELPLINES_FILE.read_text("utf-8")}\ndistrict-bhopal = "PJSIP/{ROOM_TELEPHONE}@loopback"\n'
    trunks = f'{TRUNKS}dials = {{ 108 = "{EMERGENCY}" }}\n'
    with queue_stack(trunks, emergency='["108"]', helplines=helplines) as stack:
        yield stack


@asynccontextmanager
async def talk(
    stack: LiveStack, operator: OperatorTelephone, caller: str
) -> AsyncIterator[tuple[str, InDialog, FarTelephone]]:
    """A citizen speaks with an operator: the call's unique id, the citizen, the operator's end."""
    async with InDialog(stack.sip, "181", matcher=stack.matcher, caller=caller) as citizen:
        await answer(citizen, TO_A_PERSON)
        async with operator.takes() as taken:
            await in_bridge(stack)
            sql = "SELECT uniqueid FROM calls WHERE phone = ?"
            await until(lambda: query(stack, sql, f"+91{caller}"))
            yield query(stack, sql, f"+91{caller}")[0][0], citizen, taken


async def hears(speaker: InDialog, listener: InDialog) -> bool:
    """Whether one hears the other's tone."""
    listener.frames.clear()
    await speaker.speak(to_alaw(tone(1.0, TONE_HZ) // 2))
    return level(from_alaw(b"".join(listener.frames)), TONE_HZ) > HEARD


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
            assert (await operator.says("file", service_code="stranded", state="madhya-pradesh")).code == "no-state"
            assert (await operator.says("file", service_code="stranded", home_district="x")).code == "no-district"
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
        await emptied(queues, topics.operator_calls("101"))
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


async def test_supervisor_listens_joins_and_takes_over(queues: LiveStack) -> None:
    async with at_work(queues, o101="127.0.2.101") as (operator,), operator_at(queues, "900", "127.0.2.90") as chief:
        await has(queues, "general-hi", free=1)
        assert (await chief.says("supervise", operator="101", mode="listen")).code == "not-speaking-operator"
        async with talk(queues, operator, "9811600141") as (call, citizen, taken):
            assert (await operator.says("supervise", operator="101", mode="listen")).code == "supervisors-only"
            for mode, heard_by_operator, heard_by_citizen in (("listen", 0, 0), ("whisper", 1, 0), ("join", 1, 1)):
                assert (await chief.says("supervise", operator="101", mode=mode)).accepted
                async with chief.takes() as spy:
                    await retained(queues, topics.operator_state("101"), supervised_by="900")
                    await until(partial(hears, citizen, spy))
                    await until(partial(hears, taken, spy))
                    assert await hears(spy, taken) == heard_by_operator
                    assert await hears(spy, citizen) == heard_by_citizen
                    await spy.hang_up()
                await retained(queues, topics.operator_state("101"), supervised_by="")
            assert (await chief.says("take-over", operator="101")).accepted
            async with chief.takes() as has_it:
                await taken.ended()
                await hear_each_other(queues, has_it, citizen)
                await retained(queues, topics.operator_calls("900"), uniqueid=call)
                await emptied(queues, topics.operator_calls("101"))
                filed = await chief.says("file", call=call, service_code="ration", district="bhopal")
                assert filed.accepted, filed.reason
                assert (await chief.says("hang-up", call=call)).accepted
                await citizen.ended()
            await emptied(queues, topics.operator_calls("900"))
    await all_lines_free(queues)


async def say_as_room(stack: LiveStack, room: str, **words: Any) -> CommandReply:
    command = Command(command_id=uuid.uuid4().hex, action="call-citizen", **words)
    password = read_secret(stack.data, mqtt_room(room))
    broker = stack.settings.router.broker
    return await command_as_room(broker, room, password, command, client=f"t-{uuid.uuid4().hex[:8]}", limit_s=WAIT_S)


async def test_room_rings_its_own_telephone_and_then_the_citizen(queues: LiveStack) -> None:
    phone = "9811600151"
    filed = await say_as_warroom(queues, action="file", phone=phone, **MILK)
    number, nobodys = filed.data["ticket"], (await say_as_warroom(queues, action="file", **MILK)).data["ticket"]

    def notes() -> list[str]:
        return list(tickets_of(queues, phone)[0]["notes"])

    async with provider_at(FAR_END, FAR_PORT) as far:
        codes = [
            (await say_as_room(queues, "district-indore", ticket=number)).code,
            (await say_as_room(queues, "district-bhopal", ticket=nobodys)).code,
        ]
        assert codes == ["not-yours", "no-phone"]
        asked = await say_as_room(queues, "district-bhopal", ticket=number, by="Meena")
        assert (asked.accepted, asked.version) == (True, 1)
        assert (await say_as_room(queues, "district-bhopal", ticket=number)).code == "calling"
        async with far.lifts(await far.rings(ROOM_TELEPHONE), queues.sip, queues.matcher) as room:
            await room.hear("hi/place-calling")
            async with far.lifts(await far.rings(phone), queues.sip, queues.matcher) as citizen:
                await hear_each_other(queues, room, citizen)
                await citizen.hang_up()
            await room.ended()
        await until(lambda: any("spoke with the citizen" in note for note in notes()))
        assert notes()[0].startswith("district-bhopal: Meena: ")
        assert (await say_as_room(queues, "district-bhopal", ticket=number)).accepted
        async with far.lifts(await far.rings(ROOM_TELEPHONE), queues.sip, queues.matcher) as room:
            await far.busy(phone, queues.sip)
            await room.hear("hi/nobody-there")
        await until(lambda: any("busy" in note for note in notes()))
        assert (await say_as_room(queues, "district-bhopal", ticket=number)).accepted
        await far.busy(ROOM_TELEPHONE, queues.sip)
        await until(lambda: any("own telephone was not answered" in note for note in notes()))
    await all_lines_free(queues)

"""Operators who command through a real broker: done once, answered the same, each on a branch of its own."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import pytest

from router.localized import LocalizedMessage
from router.mqtt import topics
from router.mqtt.commands.operator_client import command_as_operator
from router.mqtt.commands.operator_commands import MAX_PENDING, OperatorCommands
from router.mqtt.commands.replies import MAX_PAYLOAD_BYTES
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT, broker_files
from router.mqtt.operator_messages import OperatorCommand
from router.tickets.errors import CommandRefusedError
from tests.support.brokers import OPERATORS, PASSWORDS, Broker, next_message, opened_link, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import aiomqtt

    from router.storage.engine import Storage

ROOT = "warroom/1"
ASHA = topics.operator("asha")


class Pause(OperatorCommand):
    action: Literal["pause"]
    minutes: int


class Desk:
    """Does what it is told, and counts it."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def pause(self, operator: str, command: Pause) -> Mapping[str, Any]:
        await self.may_go_on.wait()
        if command.minutes > 60:
            raise CommandRefusedError(
                "too-long", words=LocalizedMessage("{n} minutes is too long", "{n} मिनट बहुत है"), n=command.minutes
            )
        if command.minutes < 0:
            raise RuntimeError
        self.done.append((operator, command.minutes))
        return {"until": len(self.done)}

    async def state(self, operator: str, _: OperatorCommand) -> Mapping[str, Any]:
        return {"done": len(self.done), "operator": operator}


@asynccontextmanager
async def taking(broker: Broker, store: Storage, desk: Desk) -> AsyncIterator[None]:
    """A link that takes operators' commands; nothing is remembered but in the store."""
    async with opened_link(broker, store) as link:
        commands = OperatorCommands(store, link.inbox, node=1, known=OPERATORS.__contains__)
        commands.on("pause", Pause, desk.pause)
        commands.on("state", OperatorCommand, desk.state, asks=True)
        commands.listen()
        await until(lambda: link.connected)
        yield
        await commands.close()


async def ask(client: aiomqtt.Client, what: dict[str, Any] | bytes, operator: str = "asha") -> dict[str, Any]:
    payload = what if isinstance(what, bytes) else json.dumps(what).encode()
    await client.publish(f"{ROOT}/operators/{operator}/commands", payload, qos=1)
    while not (message := await next_message(client)).topic.matches(f"{ROOT}/operators/{operator}/replies/#"):
        pass
    return json.loads(bytes(message.payload))["data"]  # type: ignore[arg-type,no-any-return]


async def test_operator_is_answered_once_and_the_same_after_the_service_started_again(
    broker: Broker, store: Storage
) -> None:
    await broker.start()
    desk, what = Desk(), {"command_id": "c-1", "action": "pause", "minutes": 5}
    async with broker.client(ASHA) as asha:
        await asha.subscribe(f"{ROOT}/{ASHA}/replies/#", qos=1)
        async with taking(broker, store, desk):
            first = await ask(asha, what)
            assert (first["accepted"], first["data"], first["operator"]) == (True, {"until": 1}, "asha")
            assert await ask(asha, what) == first
            assert (await ask(asha, {**what, "minutes": 6}))["code"] == "id-reused"
            assert (await ask(asha, {"command_id": "s", "action": "state"}))["data"] == {"done": 1, "operator": "asha"}
        async with taking(broker, store, desk):
            assert await ask(asha, what) == first
    assert desk.done == [("asha", 5)]


async def test_what_cannot_be_done_is_refused_with_a_reason_in_both_languages(broker: Broker, store: Storage) -> None:
    await broker.start()
    desk = Desk()
    async with taking(broker, store, desk), broker.client(ASHA) as asha:
        await asha.subscribe(f"{ROOT}/{ASHA}/replies/#", qos=1)
        for what, code in (
            ({"command_id": "a", "action": "fly"}, "action-unknown"),
            ({"command_id": "b", "action": "pause"}, "malformed"),
            ({"command_id": "c", "action": "pause", "minutes": 5, "x": 1}, "malformed"),
            ({"command_id": "d", "action": "pause", "minutes": 61}, "too-long"),
            ({"command_id": "e", "action": "pause", "minutes": -1}, "fault"),
            ({"command_id": "f", "action": ["pause"]}, "malformed"),
            (b'{"command_id": "i", "action": "fly", "action": "pause", "minutes": 1}', "malformed"),
            (b'{"command_id": "j", "action": "pause", "minutes": 1, "minutes": 5}', "malformed"),
            (b'{"command_id": "g", ' + b" " * MAX_PAYLOAD_BYTES + b"}", "malformed"),
        ):
            reply = await ask(asha, what)
            assert (reply["accepted"], reply["code"]) == (False, code)
            assert reply["reason"]
            assert reply["reason_hi"] != reply["reason"]
        await asha.publish(f"{ROOT}/{ASHA}/commands", b"\xff", qos=1)  # nobody can be told
        assert (await ask(asha, {"command_id": "h", "action": "pause", "minutes": 1}))["accepted"]


async def test_commands_wait_for_each_other_and_too_many_are_refused(broker: Broker, store: Storage) -> None:
    await broker.start()
    desk = Desk()
    desk.may_go_on.clear()
    async with taking(broker, store, desk), broker.client(ASHA) as asha:
        await asha.subscribe(f"{ROOT}/{ASHA}/replies", qos=1)
        for number in range(MAX_PENDING):
            what = {"command_id": f"c-{number}", "action": "pause", "minutes": number}
            await asha.publish(f"{ROOT}/{ASHA}/commands", json.dumps(what), qos=1)
        assert (await ask(asha, {"command_id": "more", "action": "state"}))["code"] == "too-many"
        desk.may_go_on.set()
        for _ in range(MAX_PENDING):
            await next_message(asha)
    assert desk.done == [("asha", number) for number in range(MAX_PENDING)]


async def test_command_line_speaks_as_the_war_room(broker: Broker, store: Storage) -> None:
    await broker.start()
    async with taking(broker, store, Desk()):
        account = (ROUTER_ACCOUNT, PASSWORDS[ROUTER_ACCOUNT])
        reply = await command_as_operator(broker.settings, *account, {"action": "state"}, client="cli-1", limit_s=10)
    assert reply.data == {"done": 0, "operator": "warroom"}


async def test_operator_reads_and_writes_its_own_branch_only(broker: Broker, store: Storage) -> None:
    await broker.start()
    desk = Desk()
    async with taking(broker, store, desk), broker.client(ASHA) as asha:
        for wanted in ("#", f"{ROOT}/operators/+/replies/#", f"{ROOT}/rooms/#"):
            await asha.subscribe(wanted, qos=1)
        stranger = json.dumps({"command_id": "c", "action": "pause", "minutes": 1})
        for topic in ("operators/ravi/commands", "operators/warroom/commands", f"{ASHA}/calls", f"{ASHA}/replies"):
            await asha.publish(f"{ROOT}/{topic}", stranger, qos=1)
        answer = await ask(asha, {"command_id": "s", "action": "state"})
        assert answer["data"] == {"done": 0, "operator": "asha"}
        await asha.publish(f"{ROOT}/{ASHA}/commands", b"the last", qos=1)
        while bytes((message := await next_message(asha)).payload) != b"the last":  # type: ignore[arg-type]
            assert str(message.topic).startswith((f"{ROOT}/{ASHA}/", f"{ROOT}/schema/"))
    with pytest.raises(ValueError, match="war room's own"):
        broker_files(broker.settings, broker.directory, passwords=PASSWORDS, rooms=[], operators=["warroom"])

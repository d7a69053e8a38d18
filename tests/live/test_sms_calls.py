"""SMS beside real calls: the number after a call, the question after a call in vain, and a process that is killed."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest

from router.mqtt.commands.room_client import command_as_room
from router.tickets.command import Command
from tests.live.conftest import ROOM_LIMIT_S, LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import RATION_IN_BHOPAL, answer
from tests.support.citizens import Citizens, citizens_at
from tests.support.faults import query, shorten_all
from tests.support.ports import free_ports
from tests.support.sms_provider import SECRET, SmsProvider, Taken
from tests.support.trunk_files import CITIZENS, LOOPBACK
from warroom.config.secrets import mqtt_room, read_secret, write_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

FAR_END = "127.0.2.79"
(PORT,) = free_ports(1)
TRUNK = CITIZENS.format(server=f"{FAR_END}:{PORT}")
CALLBACKS = '{ trunk = "citizens", from_hour = 0, until_hour = 24, retry_interval_minutes = 5, reserved_lines = 0 }'

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("sms calls")]


@pytest.fixture(scope="module")
def provider() -> Iterator[SmsProvider]:
    with SmsProvider("exotel") as provider:
        yield provider


@pytest.fixture(scope="module")
def stack(provider: SmsProvider) -> Iterator[LiveStack]:
    """A stack that calls citizens at any hour, and has an SMS provider."""
    services = ("serve", "api")
    with open_stack(trunks=LOOPBACK + TRUNK, callbacks=CALLBACKS, services=services) as stack:
        shorten_all(stack)
        api = stack.settings.api
        write_secret(stack.data, "sms-provider", SECRET)
        (stack.data / "sms.toml").write_text(provider.toml(f"http://{api.host}:{api.port}"))
        (stack.data / "sms.toml").chmod(0o644)
        yield stack


@pytest.fixture
async def citizens() -> AsyncIterator[Citizens]:
    async with citizens_at(FAR_END, PORT) as there:
        yield there


async def test_number_after_a_call_and_question_after_a_call_in_vain(
    stack: LiveStack, provider: SmsProvider, citizens: Citizens
) -> None:
    caller = "9811480071"
    ticket = await _opened(stack, caller)
    told = await _text_to(provider, caller, "टिकट नंबर")
    assert ticket in told.text
    await _resolve(stack, ticket)
    await citizens.busy(f"0{caller}", stack.sip)
    asked = await _text_to(provider, caller, "मिली हो तो 1")
    assert ticket in asked.text
    async with httpx.AsyncClient() as client:
        base = asked.report_url.removesuffix("/report")
        sent = await client.send(provider.text_request(base, f"+91{caller}", "नहीं मिली", "1"))
        assert sent.status_code == 200
    await _text_to(provider, caller, "फिर से खोला गया है")
    document = json.loads(query(stack, "SELECT document FROM tickets WHERE number = ?", ticket)[0][0])
    assert (document["stage"], document["level"]) == ("reopened", 2)
    ended = query(stack, "SELECT outcome FROM jobs WHERE kind = 'originate' AND ended IS NOT NULL")
    assert ended == [("reopened",)]  # and nobody is called once more
    assert citizens.times_called(f"0{caller}") == 1


async def test_killed_while_the_provider_has_a_message(stack: LiveStack, provider: SmsProvider) -> None:
    caller = "9811480072"
    provider.faults.append("hang")
    ticket = await _opened(stack, caller)
    await _text_to(provider, caller, "टिकट नंबर")
    stack.processes.stop("api", signal.SIGKILL)
    await asyncio.to_thread(stack.processes.start_service, "api")
    sql = "UPDATE messages_out SET due = '2026-01-01T00:00:00.000000+00:00' WHERE ticket = ? AND state = 'queued'"
    with closing(sqlite3.connect(stack.layout.store, timeout=30)) as connection, connection:
        connection.execute(sql, (ticket,))  # as if its lease had run out
    state = "SELECT state, error FROM messages_out WHERE ticket = ?"
    await until(lambda: query(stack, state, ticket)[0][0] == "failed")
    assert query(stack, state, ticket)[0][1].startswith("may have been sent")
    assert sum(one.to == f"+91{caller}" for one in provider.taken) == 1


async def _text_to(provider: SmsProvider, caller: str, part: str) -> Taken:
    def found() -> list[Taken]:
        return [one for one in provider.taken if one.to == f"+91{caller}" and part in one.text]

    await until(found)
    return found()[0]


async def _opened(stack: LiveStack, caller: str) -> str:
    """Have a ticket: a need and a confirmed place are enough for one, and the citizen hangs up."""
    async with stack.room(client=caller) as room:
        async with stack.call(caller=caller) as call:
            await answer(call, RATION_IN_BHOPAL[:-1])
            await call.hear("hi/callback-ask")
        return str((await room.ticket(phone=f"+91{caller}"))["service_request_id"])


async def _resolve(stack: LiveStack, number: str) -> None:
    command = Command(command_id=str(uuid.uuid4()), ticket=number, action="resolve")
    password = read_secret(stack.data, mqtt_room("district-bhopal"))
    reply = await command_as_room(
        stack.settings.router.broker, "district-bhopal", password, command, client="resolver", limit_s=ROOM_LIMIT_S
    )
    assert reply.accepted, reply

"""The whole stack with its store in PostgreSQL: calls, rooms, a service that is killed, a database that is lost."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING, NamedTuple

import pytest

from router.mqtt.commands.room_client import command_as_room
from router.tickets.command import Command
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import answer, booked
from tests.support.commands import assert_one_clear_line, warroom
from tests.support.faults import TO_BHOPAL, TO_THE_NUMBER, leave_message, restart_service, shorten_all
from tests.support.postgresql import Server, postgresql_server
from tests.support.remembered import retained, told
from warroom.config.secrets import mqtt_room, read_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

TOLD, CUT_OFF, LATER = "9811480001", "9811480002", "9811480003"
BHOPAL = "district-bhopal"


class Setup(NamedTuple):
    """A stack, and the server that its store lies on."""

    stack: LiveStack
    server: Server
    url: sa.URL

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the database itself."""
        return self.server.run(query, str(self.url.database))


@pytest.fixture(scope="module")
def on_server() -> Iterator[Setup]:
    with postgresql_server() as server:
        url = server.empty()
        with open_stack(store_url=url.render_as_string()) as stack:
            shorten_all(stack)
            yield Setup(stack, server, url)


@pytest.mark.long
async def test_nothing_is_lost_when_the_service_is_killed_and_when_the_database_is(on_server: Setup) -> None:
    stack = on_server.stack
    number = await _ticket_is_acknowledged(stack)
    other = await _call_outlives_the_service(on_server)
    await until(lambda: on_server.rows("SELECT 1 FROM outbox LIMIT 1") == [])
    before = await retained(stack, "rooms/+/tickets/#")
    assert {topic.rpartition("/")[2] for topic in before} == {number, other}

    await told(stack, 2)
    await asyncio.to_thread(stack.processes.close)
    on_server.server.make_anew(on_server.url)
    dry = json.loads((await warroom(stack.data, "recover", "--dry-run", "--json")).out)
    assert (dry["needed"], dry["tickets"]) == (True, 2)
    assert on_server.rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    assert_one_clear_line(await warroom(stack.data, "up"), "store", "warroom recover")
    done = json.loads((await warroom(stack.data, "recover", "--json")).out)
    assert (done["needed"], done["tickets"]) == (True, 2)

    await asyncio.to_thread(stack.processes.__enter__)
    assert await retained(stack, "rooms/+/tickets/#") == before
    async with stack.room() as room, stack.call(caller=LATER) as call:
        await answer(call, TO_THE_NUMBER)
        await booked(call)
        later = await room.ticket(phone=f"+91{LATER}")
    assert later["service_request_id"] not in {number, other}
    assert not stack.layout.store.exists()


async def _ticket_is_acknowledged(stack: LiveStack) -> str:
    """Have a caller open a ticket, and its room take it over MQTT."""
    async with stack.room() as room:
        async with stack.call(caller=TOLD) as call:
            await answer(call, TO_THE_NUMBER)
            await booked(call)
        number = str((await room.ticket(phone=f"+91{TOLD}", service_code="ration"))["service_request_id"])
        reply = await command_as_room(
            stack.settings.router.broker,
            BHOPAL,
            read_secret(stack.data, mqtt_room(BHOPAL)),
            Command(command_id="ack-1", ticket=number, action="acknowledge"),
            client="desk",
            limit_s=10,
        )
        assert reply.accepted, reply.reason
        assert (await room.ticket(service_request_id=number, version=2))["stage"] == "acknowledged"
    return number


async def _call_outlives_the_service(setup: Setup) -> str:
    """Kill the service in a conversation; the caller leaves a message, which is a ticket once it runs again."""
    stack = setup.stack
    async with stack.call(caller=CUT_OFF) as call:
        await answer(call, TO_BHOPAL)
        await until(lambda: setup.rows(f"SELECT 1 FROM calls WHERE phone = '+91{CUT_OFF}' AND district = 'bhopal'"))
        await asyncio.to_thread(stack.processes.stop, "serve", signal.SIGKILL)
        await leave_message(call)
    await restart_service(stack)
    await until(lambda: setup.rows("SELECT 1 FROM calls WHERE ended IS NULL") == [])
    await until(lambda: not any(stack.layout.incoming.iterdir()))
    async with stack.room() as room:
        taken = await room.ticket(phone=f"+91{TOLD}")
        assert (taken["stage"], taken["version"]) == ("acknowledged", 2)
        other = await room.ticket(phone=f"+91{CUT_OFF}", service_code="ration")
    assert len(other["recordings"]) == 1
    assert len(setup.rows(f"SELECT 1 FROM tickets WHERE phone = '+91{CUT_OFF}'")) == 1
    return str(other["service_request_id"])

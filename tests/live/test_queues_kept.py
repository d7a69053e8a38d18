"""Places kept in a queue, while the service and Asterisk are killed."""

from __future__ import annotations

import asyncio
import signal

import pytest

from router.tickets.operator_presence import OperatorPresence
from tests.live.conftest import open_stack
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, answer
from tests.support.citizens import citizens_at
from tests.support.faults import in_bridge, query, restart_service, shorten
from tests.support.operators import operator_at
from tests.support.ports import free_ports
from warroom.cli.common import open_storage
from warroom.sip_test_client import sip

FAR_END = "127.0.3.31"
(FAR_PORT,) = free_ports(1)
TRUNKS = f"""[[trunk]]
name = "loopback"
server = "{FAR_END}:{FAR_PORT}"
match = ["127.0.1.0/24"]
channels = 600
dids = {{ 181 = "181" }}
qualify_s = 0
"""
OPERATORS = """[queue]
retry_s = 1
wrap_up_s = 0

[[operator]]
id = "101"
name = "Asha"
"""
FIRST, SECOND, THIRD = "9811610001", "9811610002", "9811610003"


@pytest.mark.long
async def test_places_survive_a_killed_service_and_a_killed_asterisk_in_their_order() -> None:
    with open_stack(operators=OPERATORS, trunks=TRUNKS) as stack:
        shorten(stack, "hi/human-wait", "hi/place-kept")

        async def queue_says(wanted: str) -> None:
            async with asyncio.timeout(30):
                while wanted not in await asyncio.to_thread(stack.asterisk, "queue show general-hi"):
                    await asyncio.sleep(0.2)

        async with (
            operator_at(stack, "101", "127.0.2.101") as operator,
            citizens_at(FAR_END, FAR_PORT) as citizens,
            open_storage(stack.data) as store,
        ):
            await OperatorPresence(store).login("101")
            await queue_says("(Not in use)")
            async with stack.call(caller=FIRST) as first:
                await answer(first, ((FIRST_MENU, "0"),))
                async with operator.takes():
                    await in_bridge(stack)
                    for waiting, caller in enumerate((SECOND, THIRD), 1):
                        async with stack.call(caller=caller) as call:
                            await answer(call, ((FIRST_MENU, "0"),))
                            await queue_says(f"general-hi has {waiting} calls")
                            await call.hear("hi/hold-tone")
                            await call.press("1")
                            await call.hear("hi/place-kept")
                            await call.ended()
                        await queue_says(f"general-hi has {waiting} calls")
                    stack.processes.stop("serve", signal.SIGKILL)
                    await restart_service(stack)
                    await queue_says("general-hi has 2 calls")
                    stack.processes.stop("asterisk", signal.SIGKILL)
                    first.vanish()
            stack.processes.start("asterisk")
            assert await operator.sign_in() == 200
            for caller in (SECOND, THIRD):
                async with operator.takes():
                    invite = await citizens.rings(caller)
                    async with citizens.lifts(invite, stack.sip, stack.matcher) as citizen:
                        await citizen.hear("hi/place-ready")
                        await citizen.press("1")
                        await in_bridge(stack)
                        await citizen.hang_up()
            await until(lambda: query(stack, "SELECT outcome FROM jobs WHERE kind = 'call'") == [("spoken",)] * 2)
            assert [sip.dialled(one) for one in citizens.invites] == [SECOND, THIRD]

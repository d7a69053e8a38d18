"""Asterisk dies in a call: what the caller had told is a ticket, and the next call works."""

from __future__ import annotations

import signal

from tests.live.conftest import LiveStack
from tests.support.citizen import answer
from tests.support.faults import TO_BHOPAL, TO_THE_NUMBER, known, node_says, settled, tickets_of

CUT, NEXT = "9811410001", "9811410002"


async def test_asterisk_killed_in_a_call_loses_neither_the_caller_nor_the_next(own_stack: LiveStack) -> None:
    stack = own_stack
    async with stack.room() as room:
        async with stack.call(caller=CUT) as call:
            await answer(call, TO_BHOPAL)
            await known(stack, CUT, need="ration", district="bhopal")
            await node_says(stack, asterisk=True, calls={"181": 1})
            stack.processes.stop("asterisk", signal.SIGKILL)
            call.vanish()
            ticket = await room.ticket(phone=f"+91{CUT}")
            assert (ticket["service_code"], ticket["district"]) == ("ration", "bhopal")
        await node_says(stack, asterisk=False)

        stack.processes.start("asterisk")
        await node_says(stack, asterisk=True, calls={})
        async with stack.call(caller=NEXT) as call:
            await answer(call, TO_BHOPAL)
            await node_says(stack, calls={"181": 1}, stages={"181": {"callback": 1}})
            await answer(call, TO_THE_NUMBER[len(TO_BHOPAL) :])
            await call.hear("hi/number-is")
            await room.ticket(phone=f"+91{NEXT}")
        await node_says(stack, calls={})
    await settled(stack)
    assert len(tickets_of(stack, CUT)) == len(tickets_of(stack, NEXT)) == 1

"""Asterisk dies in a call: what the caller had told is a ticket, and the next call works."""

from __future__ import annotations

import signal

from tests.live.conftest import House
from tests.support.citizen import answer
from tests.support.faults import TO_BHOPAL, TO_THE_NUMBER, known, node_says, settled, tickets_of

CUT, NEXT = "9811410001", "9811410002"


async def test_asterisk_killed_in_a_call_loses_neither_the_caller_nor_the_next(own_house: House) -> None:
    house = own_house
    async with house.room() as room:
        async with house.call(caller=CUT) as call:
            await answer(call, TO_BHOPAL)
            await known(house, CUT, need="ration", district="bhopal")
            await node_says(house, asterisk=True, calls={"181": 1})
            house.stack.stop("asterisk", signal.SIGKILL)
            call.vanish()
            ticket = await room.ticket(phone=f"+91{CUT}")
            assert (ticket["service_code"], ticket["district"]) == ("ration", "bhopal")
        await node_says(house, asterisk=False)

        house.stack.start("asterisk")
        await node_says(house, asterisk=True, calls={})
        async with house.call(caller=NEXT) as call:
            await answer(call, TO_BHOPAL)
            await node_says(house, calls={"181": 1}, stages={"181": {"callback": 1}})
            await answer(call, TO_THE_NUMBER[len(TO_BHOPAL) :])
            await call.hear("hi/number-is")
            await room.ticket(phone=f"+91{NEXT}")
        await node_says(house, calls={})
    await settled(house)
    assert len(tickets_of(house, CUT)) == len(tickets_of(house, NEXT)) == 1

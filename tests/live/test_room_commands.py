"""A citizen calls twice, the room works on the one ticket with `warroom room …`."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from router.tickets.opening.deduplication import CLUSTER_FROM
from tests.live.conftest import LiveStack
from tests.support.citizen import FIRST_MENU, RATION_IN_BHOPAL, answer, booked, number_spoken, skip_details
from tests.support.commands import assert_one_clear_line, warroom

CALLER = "9811470001"
ROOM = "district-bhopal"
AGAIN = ((FIRST_MENU, "1"), ("food-menu", "1"), ("place-earlier", "1"), ("callback-ask", "1"))


async def test_second_call_hears_the_old_number_and_the_room_sees_one_ticket(stack: LiveStack) -> None:
    async def say(*words: str) -> dict[str, Any]:
        ended = await warroom(stack.data, "room", *words, "--json")
        assert ended.code == 0, ended
        return json.loads(ended.out)

    async with stack.room() as room:
        async with stack.call(caller=CALLER) as first:
            await answer(first, RATION_IN_BHOPAL)
            await skip_details(first)
            await booked(first)
        number = (await room.ticket(phone=f"+91{CALLER}"))["service_request_id"]
        spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
        assert (await say("ack", ROOM, spaced, "--by", "पहली मेज़"))["stage"] == "acknowledged"
        async with stack.call(caller=CALLER) as second:
            await answer(second, AGAIN)
            await skip_details(second)
            assert await number_spoken(second) == number
        joined = await room.ticket(service_request_id=number, version=3)
        assert (len(joined["calls"]), joined["stage"]) == (2, "acknowledged")
        assert (await say("correct", ROOM, number, "people=5", "landmark=पानी की टंकी के पास"))["version"] == 4
        seen = await room.ticket(service_request_id=number, version=4)
        assert (seen["people"], seen["landmark"]) == (5, "पानी की टंकी के पास")
    late, foreign, forged, done = await asyncio.gather(
        warroom(stack.data, "room", "start", ROOM, number, "--if-version", "3"),
        warroom(stack.data, "room", "start", "district-indore", number),
        warroom(stack.data, "room", "correct", ROOM, number, "stage=confirmed"),
        say("resolve", ROOM, number, "--note", "राशन दिया"),
    )
    assert_one_clear_line(late, "refused", "not 3")
    assert_one_clear_line(foreign, "not, or no longer")
    assert_one_clear_line(forged, "stage")
    assert (done["version"], done["stage"]) == (5, "resolved")
    history, clusters = await asyncio.gather(
        warroom(stack.data, "tickets", "history", number, "--json"),
        warroom(stack.data, "tickets", "clusters", "--json"),
    )
    assert [(line["version"], line["stage"], line["by"]) for line in json.loads(history.out)] == [
        (1, "routed", "phone"),
        (2, "acknowledged", f"{ROOM}: पहली मेज़"),
        (3, "acknowledged", "phone"),
        (4, "acknowledged", ROOM),
        (5, "resolved", ROOM),
    ]
    assert all(cluster["open"] >= CLUSTER_FROM for cluster in json.loads(clusters.out))

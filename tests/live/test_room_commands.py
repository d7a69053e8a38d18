"""A citizen calls twice, the room works on the one ticket with `warroom room …`."""

from __future__ import annotations

import json
from typing import Any

from router.tickets.joining import CLUSTER_FROM
from tests.live.citizen import FIRST_MENU, RATION_IN_BHOPAL, answer, number_spoken, skip_details
from tests.live.commands import assert_one_clear_line, warroom
from tests.live.conftest import House

CALLER = "9811470001"
ROOM = "district-bhopal"
AGAIN = ((FIRST_MENU, "1"), ("food-menu", "1"), ("place-earlier", "1"), ("callback-ask", "1"))


async def test_second_call_hears_the_old_number_and_the_room_sees_one_ticket(house: House) -> None:
    async def call(steps: tuple[tuple[str, str], ...]) -> str:
        async with house.call(caller=CALLER) as call:
            await answer(call, steps)
            await skip_details(call)
            return await number_spoken(call)

    async def say(*words: str) -> dict[str, Any]:
        ended = await warroom(house.data, "room", *words, "--json")
        assert ended.code == 0, ended
        return json.loads(ended.out)

    number = await call(RATION_IN_BHOPAL)
    async with house.room() as room:
        await room.ticket(service_request_id=number, stage="routed")
        spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
        assert (await say("ack", ROOM, spaced, "--by", "पहली मेज़"))["stage"] == "acknowledged"
        assert await call(AGAIN) == number
        joined = await room.ticket(service_request_id=number, version=3)
        assert (len(joined["calls"]), joined["stage"]) == (2, "acknowledged")
        assert (await say("correct", ROOM, number, "people=5", "landmark=पानी की टंकी के पास"))["version"] == 4
        seen = await room.ticket(service_request_id=number, version=4)
        assert (seen["people"], seen["landmark"]) == (5, "पानी की टंकी के पास")
        late = await warroom(house.data, "room", "start", ROOM, number, "--if-version", "3")
        assert_one_clear_line(late, "refused", "version 4")
        assert (await say("propose-reject", ROOM, number, "--note", "पता नहीं मिला"))["accepted"]
        assert (await say("refuse-reject", "state", number))["accepted"]
        assert (await say("resolve", ROOM, number, "--note", "राशन दिया"))["stage"] == "resolved"
    assert_one_clear_line(await warroom(house.data, "room", "start", "district-indore", number), "not, or no longer")
    assert_one_clear_line(await warroom(house.data, "room", "correct", ROOM, number, "stage=confirmed"), "stage")
    history = json.loads((await warroom(house.data, "tickets", "history", number, "--json")).out)
    assert [(line["version"], line["stage"], line["by"]) for line in history] == [
        (1, "routed", "phone"),
        (2, "acknowledged", f"{ROOM}: पहली मेज़"),
        (3, "acknowledged", "phone"),
        (4, "acknowledged", ROOM),
        (5, "acknowledged", ROOM),
        (6, "acknowledged", "state"),
        (7, "resolved", ROOM),
    ]
    clusters = json.loads((await warroom(house.data, "tickets", "clusters", "--json")).out)
    assert all(cluster["open"] >= CLUSTER_FROM for cluster in clusters)

"""A busy day for the README's pictures: tickets of all districts, rooms that work on them, stock, calls going on."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from websockets.asyncio.client import connect
from websockets.typing import Origin

from router.geo import load_places
from tests.support.brokers import WAIT_S
from tests.support.people import ASHA, DOCTOR, Person, board_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from websockets.asyncio.client import ClientConnection

    from tests.live.conftest import LiveStack

ROOMS: Final = tuple(Person(room.id.replace("district-", ""), "room", room=room.id) for room in load_places().rooms)
CALLER: Final = "9826000077"
"""Has an open ticket in Bhopal; may call again."""
_STATEWIDE: Final = 140
_NAMES: Final = ("सीता बाई", "रामलाल", "गीता", "पहली मेज़", "मोहन", "शबाना", "सुनीता", "राजू", "कमला बाई", "इमरान")
_PLACES: Final = (
    "पंचायत भवन के पास", "हनुमान मंदिर के पीछे", "सरकारी स्कूल के सामने", "बस स्टैंड", "नई बस्ती", "हैंडपंप के पास", "रेलवे फाटक",
)  # fmt: skip
_STORIES: Final = (
    ("ration", 5, "10 किलो आटा", "दो दिन से घर में आटा नहीं है, राशन कार्ड है"),
    ("ration", 7, "", "पाँच बच्चे हैं, दुकान बंद है"),
    ("water", 40, "एक टैंकर", "तीन दिन से नल में पानी नहीं आया"),
    ("medicine", 1, "शुगर की दवा", "दवा कल तक की ही बची है"),
    ("fresh", 3, "दूध", "छोटा बच्चा है, दूध नहीं मिल रहा"),
    ("gas", 4, "1 सिलेंडर", "दस दिन पहले बुक किया था"),
    ("cooked-food", 12, "12 लोग", "मज़दूर हैं, सुबह से कुछ नहीं खाया"),
    ("stranded", 8, "", "सूरत में फँसे हैं, घर आना है"),
    ("ration-shop", 1, "", "दुकानदार कम तौल रहा है"),
    ("sanitary", 6, "साबुन", "राहत शिविर में साबुन नहीं"),
)
_MINUTES_AGO: Final = (4, 11, 25, 47, 80, 130, 240, 400)
_BHOPAL: Final = (  # story, PIN code, minutes ago
    (3, "462003", 25), (2, "462010", 11), (4, "462016", 47), (6, "462023", 4), (5, "462001", 400),
    *((1, "462038", 12 + 3 * which) for which in range(6)),
)  # fmt: skip
_STOCK: Final = (  # room, item, quantity, daily use, unit
    ("jhabua", "wheat", 2400, 1500, "kg"), ("sagar", "drinking-water", 9000, 6000, "litre"),
    ("rewa", "wheat", 9000, 1800, "kg"), ("bhopal", "wheat", 52000, 3100, "kg"), ("bhopal", "milk", 700, 600, "litre"),
    ("dewas", "gas-cylinders", 70, 35, "cylinder"), ("indore", "medicines", 4200, 300, "packet"),
)  # fmt: skip


class Desk:
    """The pages of everybody who works that day, as WebSockets: they file, acknowledge, resolve."""

    def __init__(self, lines: Mapping[str, ClientConnection]) -> None:
        self._lines = lines
        self._chance = random.Random(181)

    async def fill(self) -> None:
        """File the day's tickets, have most rooms work on theirs, report stock."""
        chance = self._chance
        await self._say(ASHA, "file", service_code="danger", danger=True, district="bhopal", zipcode="462003",
                        phone="9826000001", name="कमला बाई", landmark="सरकारी स्कूल के सामने", people=1,
                        note="साँस लेने में बहुत तकलीफ़ है")  # fmt: skip
        filed = [await self._file(0, "bhopal", 130, zipcode="462001", phone=CALLER)]
        filed += [await self._file(story, "bhopal", minutes, zipcode=zipcode) for story, zipcode, minutes in _BHOPAL]
        districts = [one for one in load_places().districts if one != "bhopal"]
        weights = [chance.random() ** 2 for _ in districts]
        for district in chance.choices(districts, weights, k=_STATEWIDE):
            filed += [await self._file(chance.randrange(len(_STORIES)), district, chance.choice(_MINUTES_AGO))]
        for number, room in filed:
            await self._work_on(number, room)
        for district, item, quantity, daily_use, unit in _STOCK:
            counted = datetime.now(UTC).isoformat()
            report = {"quantity": quantity, "daily_use": daily_use, "unit": unit, "as_of": counted}
            room = f"district-{district}"
            frame = {"type": "stock", "room": room, "item": item, "report_id": str(uuid4()), "report": report}
            await self._lines[room].send(json.dumps(frame))

    async def _file(self, story: int, district: str, minutes: int, **more: Any) -> tuple[str, str]:
        need, people, quantity, note = _STORIES[story]
        data = await self._say(
            ASHA, "file", service_code=need, district=district, name=self._chance.choice(_NAMES),
            landmark=self._chance.choice(_PLACES), people=people, quantity=quantity, note=note,
            received_at=(datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(),
            **{"phone": f"98{self._chance.randrange(10**8):08}", **more},
        )  # fmt: skip
        return data["ticket"], data["room"]

    async def _work_on(self, number: str, room: str) -> None:
        person = next(one for one in ROOMS if one.room == room)
        share = self._chance.random()
        for action, wanted in (("acknowledge", 0.55), ("start", 0.35), ("resolve", 0.2)):
            if share < wanted:
                await self._say(person, action, ticket=number)

    async def _say(self, person: Person, action: str, **fields: Any) -> dict[str, Any]:
        key = person.room or person.user
        to = f"rooms/{person.room}" if person.room else f"operators/{person.operator}"
        command = {"command_id": str(uuid4()), "action": action, **fields}
        line = self._lines[key]
        await line.send(json.dumps({"type": "command", "to": to, "command": command}))
        async with asyncio.timeout(WAIT_S):
            async for text in line:
                frame = json.loads(text)
                if frame["type"] == "reply" and frame["command_id"] == command["command_id"]:
                    assert frame["accepted"], frame
                    return dict(frame.get("data") or {})
        raise AssertionError


@asynccontextmanager
async def at_desks(stack: LiveStack, cookies: Mapping[str, str]) -> AsyncIterator[Desk]:
    """Open a page of every room, and of operators."""
    url = board_url(stack)
    async with AsyncExitStack() as exits:
        lines: dict[str, ClientConnection] = {}
        for person in (*ROOMS, ASHA, DOCTOR):
            headers = {"Cookie": cookies[person.user]}
            opening = connect(f"ws{url[4:]}/live", additional_headers=headers, origin=Origin(url), max_size=None)
            lines[person.room or person.user] = await exits.enter_async_context(opening)
        for room, line in lines.items():
            if room.startswith("district-"):
                await line.send(json.dumps({"type": "subscribe", "view": f"room/{room}"}))
        yield Desk(lines)

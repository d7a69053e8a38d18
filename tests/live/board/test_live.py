"""The screens' WebSocket: a real broker, a real board process, and the router's own link and desk beside it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.support.boards import Board, make_board_data, running_board, sign_in
from tests.support.brokers import NOBODY, Broker, opened_link, until
from tests.support.stores import opened_desk, opened_store, places, report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService


BHOPAL, INDORE = "room/district-bhopal", "room/district-indore"


@dataclass
class Screens:
    """All that runs."""

    board: Board
    broker: Broker
    store: Storage
    desk: TicketService
    link: MqttConnection
    bhopal: str
    indore: str

    async def open(self, key: str, **changes: object) -> str:
        """Open a ticket of Bhopal; its number."""
        return (await self.desk.open(report(key, **changes))).number


@pytest.fixture(scope="module")
async def screens(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Screens]:
    with tempfile.TemporaryDirectory() as place:
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        broker = Broker(Path(place))
        board = make_board_data(tmp_path_factory.mktemp("board"), broker, board=['proxies = ["127.0.0.1/32"]'])
        await broker.start()
        try:
            async with (
                opened_store(DataDirectory(board.data).store) as store,
                opened_desk(store) as desk,
                opened_link(broker, store, desk=desk) as link,
            ):
                await asyncio.wait_for(link.wait_connected(), 30)
                bhopal = await sign_in(store, "bhopal-1", "room", name="पहली मेज़", room="district-bhopal")
                indore = await sign_in(store, "imran", "room", room="district-indore")
                with running_board(board):
                    yield Screens(board, broker, store, desk, link, bhopal, indore)
        finally:
            await broker.kill()


async def test_a_ticket_reaches_the_page_of_its_room_alone(screens: Screens) -> None:
    async with screens.board.page(screens.bhopal, BHOPAL) as page, screens.board.page(screens.indore, INDORE) as other:
        await page.frame("hello", user="bhopal-1", heartbeat_s=5)
        snapshot = await page.frame("snapshot", view=BHOPAL)
        assert set(snapshot["collections"]) == {
            "tickets", "copies", "tasks", "stock", "alerts", "presence", "summary", "notices", "nodes",
        }  # fmt: skip
        await other.frame("snapshot", view=INDORE)
        number = await screens.open("a1")
        change = await page.frame("change", view=BHOPAL, collection="tickets", key=number)
        assert change["value"]["service_request_id"] == number
        assert change["value"]["phone"]
        await page.frame("change", collection="summary", fits=lambda one: number in one["value"]["tickets"])
        assert number not in str(other.frames)


async def test_a_command_is_answered_and_moves_the_card_on_another_page(screens: Screens) -> None:
    number = await screens.open("b1")
    async with screens.board.page(screens.bhopal, BHOPAL) as page, screens.board.page(screens.bhopal, BHOPAL) as other:
        await other.frame("snapshot")
        reply = await page.command("rooms/district-bhopal", "acknowledge", ticket=number, by="somebody else")
        assert reply["accepted"]
        assert reply["data"]["stage"] == "acknowledged"
        moved = await other.frame(
            "change", collection="tickets", key=number, fits=lambda one: one["value"]["stage"] == "acknowledged"
        )
        assert moved["value"]["version"] == reply["data"]["version"]
        assert not [frame for frame in other.frames if frame["type"] == "reply"]
    history = await screens.desk.history(number)
    assert "पहली मेज़" in str(history[-1])
    assert "somebody else" not in str(history)


async def test_another_rooms_page_is_refused(screens: Screens) -> None:
    number = await screens.open("c1")
    async with screens.board.page(screens.indore, BHOPAL) as page:
        assert (await page.frame("refused"))["code"] == "not-allowed"
        reply = await page.command("rooms/district-bhopal", "acknowledge", ticket=number)
        assert (reply["accepted"], reply["code"]) == (False, "not-allowed")
        assert "अनुमति" in reply["reason_hi"]
        for view in ("warroom", "state", "operator/1", "room/+", "room/#", "room", "wall/x", "x" * 100):
            await page.send(type="subscribe", view=view)
            await page.frame("refused", view=view)
        assert not [frame for frame in page.frames if frame["type"] in ("snapshot", "change")]
    assert (await screens.desk.ticket(number)).stage == "routed"


async def test_nobody_without_a_session_and_no_other_origin(screens: Screens) -> None:
    async with screens.board.page("") as page:
        assert await page.closed() == 4401
    async with screens.board.page("0" * 43) as page:
        assert await page.closed() == 4401
    with pytest.raises(InvalidStatus, match="403"):
        async with screens.board.page(screens.bhopal, BHOPAL, origin="https://evil.example"):
            pass


async def test_behind_a_proxy_a_page_is_ours_by_the_address_that_the_proxy_has(screens: Screens) -> None:
    name = "screens.example.org"
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    page, token = screens.board.page, screens.bhopal
    async with page(token, BHOPAL, origin=f"https://{name}", name=name, headers=headers) as ours:
        await ours.frame("snapshot")
    with pytest.raises(InvalidStatus, match="403"):
        async with page(token, origin=f"http://{name}", name=name, headers=headers):
            pass


async def test_sixty_rooms_at_once_get_each_its_own_and_nothing_else(screens: Screens) -> None:
    rooms = [room.id for room in places().rooms][:60]
    tokens = {room: await sign_in(screens.store, f"of-{room}", "room", room=room) for room in rooms}
    await until(lambda: screens.board.lets_in(tokens[rooms[-1]]))
    ticket = json.loads((await screens.desk.open(report("sixty"))).model_dump_json())
    async with AsyncExitStack() as stack:
        pages = {
            room: await stack.enter_async_context(screens.board.page(token, f"room/{room}"))
            for room, token in tokens.items()
        }
        for page in pages.values():
            await page.frame("snapshot")
        async with screens.broker.client(ROUTER_ACCOUNT, name="sixty") as client:
            for at, room in enumerate(rooms):
                event = {"time": "", "data": {**ticket, "room": room, "service_request_id": f"1888{at:05}"}}
                topic = f"warroom/1/rooms/{room}/tickets/food/1888{at:05}"
                await client.publish(topic, json.dumps(event), qos=1, retain=True)
        for at, (room, page) in enumerate(pages.items()):
            await page.frame("change", view=f"room/{room}", collection="tickets", key=f"1888{at:05}")
        for page in pages.values():
            assert len([one for one in page.frames if str(one.get("key")).startswith("1888")]) == 1
        async with screens.broker.client(ROUTER_ACCOUNT, name="sixty") as client:
            for at, room in enumerate(rooms):
                await client.publish(f"warroom/1/rooms/{room}/tickets/food/1888{at:05}", b"", qos=1, retain=True)


async def test_every_answer_has_the_headers_of_a_page(screens: Screens) -> None:
    async with httpx.AsyncClient(base_url=screens.board.url, headers=screens.board.cookie(screens.bhopal)) as browser:
        page = await browser.get("/room/district-bhopal")
        style = re.search(r'href="(/static/style-[^"]+)"', page.text)
        assert style
        for path in (
            "/room/district-bhopal",
            "/room/district-indore",
            "/nothing",
            "/api/tickets/1",
            style[1],
            "/sign-in",
        ):
            answer = await browser.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "require-trusted-types-for 'script'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
        kept = await browser.get(style[1])
        assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert kept.headers["content-encoding"] == "gzip"
        assert page.headers["cache-control"] == "no-store"
        assert (await browser.get("/static/..%2f..%2fsettings.py")).status_code == 404

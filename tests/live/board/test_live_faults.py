"""The screens when something is away, slow, revoked or hostile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from board.accounts.tokens import digest_of
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.support.boards import Board, make_board_data, running_board, sign_in
from tests.support.brokers import NOBODY, Broker, opened_link, sent, until
from tests.support.stores import opened_desk, opened_store, report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator

    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

pytestmark = pytest.mark.long

VIEW, TO = "room/district-bhopal", "rooms/district-bhopal"
BRANCH = "warroom/1/rooms/district-bhopal"


class Screens:
    """A broker, a board and a store; the router's link and the board can be ended and started again."""

    def __init__(self, broker: Broker, board: Board, store: Storage, desk: TicketService, token: str) -> None:
        self.broker, self.board, self.store, self.desk, self.token = broker, board, store, desk, token
        self.link: MqttConnection | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._link = AsyncExitStack()
        self._board = AsyncExitStack()

    async def connect_router(self) -> None:
        """Have the router take commands and publish."""
        self.link = await self._link.enter_async_context(opened_link(self.broker, self.store, desk=self.desk))
        await asyncio.wait_for(self.link.wait_connected(), 30)

    async def disconnect_router(self) -> None:
        """Have it say goodbye."""
        await self._link.aclose()
        self._link, self.link = AsyncExitStack(), None

    def start_board(self) -> None:
        self.process = self._board.enter_context(running_board(self.board, kill=True))

    async def kill_board(self) -> None:
        await self._board.aclose()
        self._board = AsyncExitStack()

    async def end(self) -> None:
        await self.disconnect_router()
        await self.kill_board()
        await self.broker.kill()

    async def open(self, key: str, **changes: object) -> str:
        return (await self.desk.open(report(key, **changes))).number

    async def put(self, topic: str, payload: str | bytes, account: str = ROUTER_ACCOUNT) -> None:
        async with self.broker.client(account, name="other") as client:
            await client.publish(topic, payload, qos=1, retain=True)


@pytest.fixture(scope="module")
async def screens(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Screens]:
    with tempfile.TemporaryDirectory() as place:
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        broker = Broker(Path(place))
        board = make_board_data(tmp_path_factory.mktemp("board"), broker, board=["tabs_per_user = 5"])
        await broker.start()
        async with opened_store(DataDirectory(board.data).store) as store, opened_desk(store) as desk:
            token = await sign_in(store, "bhopal-1", "room", room="district-bhopal")
            screens = Screens(broker, board, store, desk, token)
            try:
                await screens.connect_router()
                screens.start_board()
                yield screens
            finally:
                await screens.end()


async def test_a_broker_that_restarts_is_told_and_caught_up_with(screens: Screens) -> None:
    before = await screens.open("r1")
    async with screens.board.page(screens.token, VIEW) as page:
        await until(lambda: before in page.collection(VIEW, "tickets"))
        await page.frame("beat", broker=True, serve=True)
        await screens.broker.kill()
        gone = await page.frame("beat", broker=False)
        assert gone["as_of"] <= gone["now"]
        during = await screens.open("r2")
        since = len(page.frames)
        await page.send(type="command", to=TO, command={"command_id": "r-1", "action": "acknowledge", "ticket": before})
        await screens.broker.start()
        await page.frame("change", collection="tickets", key=during)
        await page.frame("beat", since=since, broker=True, serve=True)
        assert (await page.frame("reply", command_id="r-1"))["accepted"]


async def test_a_broker_that_hangs_is_told(screens: Screens) -> None:
    async with screens.board.page(screens.token, VIEW) as page:
        await page.frame("beat", broker=True)
        screens.broker.signal(signal.SIGSTOP)
        try:
            await page.frame("beat", broker=False)
        finally:
            screens.broker.signal(signal.SIGCONT)
        since = len(page.frames)
        await page.frame("beat", since=since, broker=True)


async def test_a_command_waits_for_the_service_and_for_the_page_that_connects_anew(screens: Screens) -> None:
    number = await screens.open("s1")
    await sent(screens.store)
    async with screens.board.page(screens.token, VIEW) as page:
        await until(lambda: number in page.collection(VIEW, "tickets"))
        await screens.disconnect_router()
        await page.frame("beat", serve=False)
        command = {"command_id": "s-1", "action": "acknowledge", "ticket": number}
        await page.send(type="command", to=TO, command=command)
        await page.send(type="subscribe", view=VIEW)  # it has been read when this is answered
        await page.frame("snapshot", since=len(page.frames))
    async with screens.board.page(screens.token, VIEW) as page:
        await page.send(type="command", to=TO, command=command)
        await page.frame("snapshot")
        await screens.connect_router()
        reply = await page.frame("reply", command_id="s-1")
        assert (reply["accepted"], reply["data"]["stage"]) == (True, "acknowledged")
    assert sum("acknowledged" in str(line) for line in await screens.desk.history(number)) == 1


async def test_a_board_that_is_killed_leaves_no_room_online(screens: Screens) -> None:
    """One that the router has seen connect, and one that was there before it."""

    def offline() -> bool:
        assert screens.link
        found = screens.link.presence.offline()
        return found is not None and "district-bhopal" in found

    number = await screens.open("k1")
    for _ in range(2):
        async with screens.board.page(screens.token, VIEW) as page:
            await until(lambda: not offline())
            await screens.kill_board()
            await until(offline)
            await page.closed()
        screens.start_board()
    async with screens.board.page(screens.token, VIEW) as page:
        await until(lambda: not offline())
        await until(lambda page=page: number in page.collection(VIEW, "tickets"))
    await until(offline)  # the last page has closed


async def test_a_page_that_reads_nothing_holds_nobody_up_and_is_resynchronised(screens: Screens) -> None:
    async with (
        screens.board.page(screens.token, VIEW, max_queue=1) as slow,
        screens.board.page(screens.token, VIEW) as quick,
    ):
        await slow.frame("snapshot")
        await quick.frame("snapshot")
        slow.stop_reading()
        topics = [f"{BRANCH}/tickets/food/1999{n:05}" for n in range(700)]
        ticket = json.loads((await screens.desk.open(report("flood"))).model_dump_json())
        ticket["description"] = "क" * 8000
        async with screens.broker.client(ROUTER_ACCOUNT, name="flood") as client:
            for topic in topics:
                ticket["service_request_id"] = topic.rpartition("/")[2]
                await client.publish(topic, json.dumps({"data": ticket}, ensure_ascii=False), qos=1, retain=True)
        await quick.frame("change", collection="tickets", key="199900699")
        slow.read_on()
        await slow.frame("snapshot", fits=lambda one: "199900699" in one["collections"]["tickets"])
        await until(lambda: slow.collection(VIEW, "tickets") == quick.collection(VIEW, "tickets"))
        assert len([one for one in slow.frames if one["type"] == "change"]) < len(topics)
        async with screens.broker.client(ROUTER_ACCOUNT, name="flood") as client:
            for topic in topics:
                await client.publish(topic, b"", qos=1, retain=True)
        await quick.frame("change", key="199900699", value=None)


HOSTILE: tuple[bytes, ...] = (
    b"not JSON", b"\xff\xfe", b"[" * 100_000, b'{"data": NaN}', b'{"data": {"a": NaN}}', b'{"data": []}', b"[]",
    b"null", b'"data"', b"0",
    b'{"data": {"x": "\\ud800"}}', b'{"data": {"version": {}, "phone": {}, "stage": []}}', b'{"data": {"stage": {}}}',
    b'{"data": {"__proto__": {"admin": true}}}', b'{"state": "online", "human": true, "since": "\\ud83d"}',
    b'{"state": ' + b"9" * 5000 + b"}",
)  # fmt: skip


async def test_what_cannot_be_read_leaves_the_picture_as_it_is(screens: Screens) -> None:
    async with screens.broker.client(ROUTER_ACCOUNT, name="hostile") as client:
        for n, payload in enumerate(HOSTILE):
            for topic in (
                f"{BRANCH}/presence/p{n}", f"{BRANCH}/stock/s{n}", f"{BRANCH}/tickets/food/2999{n:05}",
                f"{BRANCH}/replies", f"{BRANCH}/replies/board-1", f"{BRANCH}/tickets", f"{BRANCH}/x/y/z/w",
                f"warroom/1/alerts/k{n}/district-bhopal", f"warroom/1/operators/o{n}/calls",
                f"warroom/1/operators/o{n}/state", f"warroom/1/nodes/{n}", f"warroom/1/notices/1-{n:06}",
                "warroom/1/rooms/nobody/tickets/food/1",
            ):  # fmt: skip
                await client.publish(topic, payload, qos=1, retain="replies" not in topic)
    number = await screens.open("h1")
    async with screens.board.page(screens.token, VIEW) as page:
        await page.frame("snapshot")
        await until(lambda: number in page.collection(VIEW, "tickets"))
        assert (await page.command(TO, "acknowledge", ticket=number))["accepted"]
    assert screens.process
    assert screens.process.poll() is None


HOSTILE_FRAMES: tuple[Any, ...] = (
    "", "x", "[]", "{}", '{"type": "subscribe"}', '{"type": "subscribe", "view": 1}', '{"type": "nothing"}',
    '{"type": "command", "to": "rooms/+", "command": {"command_id": "1", "action": "note"}}',
    '{"type": "command", "to": "rooms/district-bhopal/x", "command": {"command_id": "1", "action": "note"}}',
    '{"type": "command", "to": "rooms/district-bhopal", "command": {"action": "note"}}',
    '{"type": "stock", "room": "district-bhopal", "item": "../x", "report_id": "1", "report": {}}',
    '{"type": "stock", "room": "district-bhopal", "item": "ors", "report_id": "1", "report": {"x": 1e999}}',
    '{"type": "command", "to": "rooms/district-bhopal", "command": {"command_id": "1", "action": "note", "x": NaN}}',
)  # fmt: skip


async def test_frames_that_are_none_are_refused_and_too_many_end_the_page(screens: Screens) -> None:
    async with screens.board.page(screens.token) as page:
        for frame in HOSTILE_FRAMES:
            since = len(page.frames)
            await page.socket.send(frame)
            await page.frame("refused", since=since, code="malformed")
        await page.send(type="subscribe", view=VIEW)
        await page.frame("snapshot")
        for _ in range(300):
            await page.socket.send("x")
        assert await page.closed() == 4429
    async with screens.board.page(screens.token) as page:
        await page.socket.send("x" * 200_000)
        assert await page.closed() in (1009, 4429)
    async with screens.board.page(screens.token) as page:
        await page.socket.send(b"x")
        assert await page.closed() == 4403


async def test_a_session_that_is_revoked_ends_its_pages_and_no_others(screens: Screens) -> None:
    token = await sign_in(screens.store, "bhopal-1", "room", room="district-bhopal")
    await until(lambda: screens.board.lets_in(token))
    async with screens.board.page(token, VIEW) as page, screens.board.page(screens.token, VIEW) as other:
        await page.frame("snapshot")
        await screens.store.write(lambda uow: uow.sessions.end(digest_of(token)))
        assert await page.closed() == 4401
        since = len(other.frames)
        await other.send(type="subscribe", view=VIEW)
        await other.frame("snapshot", since=since)
    async with screens.board.page(token) as page:
        assert await page.closed() == 4401


async def test_a_report_of_stock_is_answered(screens: Screens) -> None:
    report_ = {"quantity": 120.0, "unit": "kg", "daily_use": 10.0, "as_of": "2026-01-01T09:00:00+05:30"}
    async with screens.board.page(screens.token, VIEW) as page:
        await page.frame("snapshot")
        await page.send(type="stock", room="district-bhopal", item="wheat", report_id="w-1", report=report_)
        await page.frame("change", collection="stock", key="wheat")
        await page.send(type="stock", room="district-indore", item="wheat", report_id="w-2", report=report_)
        assert (await page.frame("reply", command_id="w-2"))["code"] == "not-allowed"


async def test_one_page_more_than_a_user_may_have_is_closed_and_the_others_stay(screens: Screens) -> None:
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(screens.board.page(screens.token)) for _ in range(5)]
        for page in pages:
            await page.frame("hello")
        async with screens.board.page(screens.token) as more:
            assert await more.closed() == 4429
        await pages[0].send(type="subscribe", view=VIEW)
        await pages[0].frame("snapshot")

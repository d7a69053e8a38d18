"""The table role × view × action, walked through pages, WebSocket frames and cookies of a real board process."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import websockets

from board.accounts import cookies, permissions
from board.accounts.administration import Administration
from board.accounts.identity import Identity, Role
from board.accounts.permissions import Action, Scope, View, may
from tests.support.boards import Board, make_board_data, running_board, sign_in
from tests.support.brokers import NOBODY, Broker, opened_link, until
from tests.support.stores import opened_desk, opened_store, report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage
    from router.tickets.service import TicketService

ROLES: Final = {
    "room": Identity("bhopal-1", "", Role.ROOM, "district-bhopal", None, ""),
    "operator": Identity("asha", "", Role.OPERATOR, None, "101", ""),
    "supervisor": Identity("chief", "", Role.SUPERVISOR, None, "900", ""),
    "warroom": Identity("control", "", Role.WARROOM, None, None, ""),
    "admin": Identity("it-cell", "", Role.ADMIN, None, None, ""),
    "readonly": Identity("auditor", "", Role.READONLY, None, None, ""),
    "wall": Identity("wall/hall", "hall", Role.WALL, None, None, ""),
}
PAGES: Final = {
    "/room/district-bhopal": "room/district-bhopal",
    "/room/district-indore": "room/district-indore",
    "/room/state": "room/state",
    "/operator": None,  # whoever has an operator's id
    "/state": "state",
    "/wall/hall": "wall/hall",
    "/wall/lobby": "wall/lobby",
    "/warroom": "warroom",
    "/users": "users",
    "/reports": "reports",
}
VIEWS: Final = (
    "room/district-bhopal", "room/district-indore", "room/state", "room/nowhere", "rooms/district-bhopal",
    "operator/101", "operator/900", "operator/102", "state", "wall/hall", "wall/lobby", "warroom", "reports", "users",
    "", "room/", "room/#", "room/+", "room/district-bhopal/tickets", "room/../state", "ROOM/district-bhopal",
    "operator/101/", "state/", "state/x", "warroom/x", "room", "operator", "$SYS", "*", "room/district-bhopal\n",
)  # fmt: skip
TOPICS: Final = (
    "rooms/district-bhopal", "rooms/district-indore", "rooms/state", "operators/101", "operators/900",
    "operators/102", "operators/warroom",
)  # fmt: skip


@dataclass
class Screens:
    """All that runs, and the cookies of each role."""

    board: Board
    store: Storage
    desk: TicketService
    administration: Administration
    tokens: dict[str, str] = field(default_factory=dict)

    def header(self, role: str) -> dict[str, str]:
        name = cookies.WALL if role == "wall" else cookies.SESSION
        return {"Cookie": f"{name}={self.tokens[role]}"}

    @asynccontextmanager
    async def live(self, headers: dict[str, str], origin: str = "") -> AsyncIterator[websockets.ClientConnection]:
        async with websockets.connect(
            f"ws://127.0.0.1:{self.board.port}/live",
            origin=origin or self.board.url,  # type: ignore[arg-type]
            additional_headers=headers,
            max_size=None,
        ) as socket:
            yield socket


@pytest.fixture(scope="module")
async def screens(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Screens]:
    with tempfile.TemporaryDirectory() as place:
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        broker = Broker(Path(place))
        board = make_board_data(tmp_path_factory.mktemp("board"), broker)
        await broker.start()
        try:
            async with (
                opened_store(DataDirectory(board.data).store) as store,
                opened_desk(store) as desk,
                opened_link(broker, store, desk=desk),
            ):
                administration = Administration(store, Identity("console/root", "", Role.ADMIN, None, None, ""))
                made = Screens(board, store, desk, administration)
                for role, one in ROLES.items():
                    if role != "wall":
                        token = await sign_in(store, one.user, role, room=one.room, operator=one.operator)
                        made.tokens[role] = token
                with running_board(board):
                    device = await administration.add_wall("hall")
                    async with httpx.AsyncClient(base_url=board.url, headers={"origin": board.url}) as screen:
                        await screen.post("/wall/hall/begin", data={"token": device})
                        made.tokens["wall"] = screen.cookies[cookies.WALL]
                    yield made
        finally:
            await broker.kill()


def test_the_table_says_what_its_words_say() -> None:
    """Read by hand, row by row, so that a change of the table is a change here."""
    said = {
        role: sorted(
            f"{grant.view} {grant.scope} {','.join(sorted(grant.actions))}"
            for grant in grants
            if grant.view not in (View.ACCOUNT, View.CATALOGUE)
        )
        for role, grants in permissions.TABLE.items()
    }
    figures = ["reports any export,view", "state any view", "wall any view"]
    console = ["operator own command,read-personal,view", "tickets any search"]
    assert said == {
        Role.ROOM: ["room own command,export,listen,read-personal,search,view"],
        Role.OPERATOR: [*console[:1], "room any read-personal", *console[1:]],
        Role.SUPERVISOR: sorted([*figures, *console, "operator any supervise,view", "room any listen,read-personal"]),
        Role.WARROOM: sorted(
            [
                *figures,
                "calls any read-personal,search,view",
                "operator own command",
                "room any export,listen,read-personal,search,view",
                "room own command",
                "tickets any export,listen,read-personal,search,view",
                "warroom any command,read-personal,view",
            ]
        ),
        Role.ADMIN: sorted([*figures, "users any command,view"]),
        Role.READONLY: figures,
        Role.WALL: ["wall own view"],
    }
    assert {grant.scope for grants in permissions.TABLE.values() for grant in grants} == set(Scope)


@pytest.mark.parametrize("role", ROLES)
async def test_each_page_opens_for_whom_the_table_says(screens: Screens, role: str) -> None:
    async with httpx.AsyncClient(base_url=screens.board.url, headers=screens.header(role)) as client:
        for path, view in PAGES.items():
            allowed = may(ROLES[role], Action.VIEW, view) if view else bool(ROLES[role].operator)
            answer = await client.get(path)
            assert answer.status_code == (200 if allowed else 403), path
        for path in ("/room/%2e%2e/state", "/room/district-bhopal/", "/room/district-bhopal%00", "/wall/..%2Fstate"):
            assert (await client.get(path)).status_code in (403, 404), path
    async with httpx.AsyncClient(base_url=screens.board.url) as stranger:
        for path in PAGES:
            assert (await stranger.get(path)).status_code == 303


@pytest.mark.parametrize("role", ROLES)
async def test_each_address_answers_whom_the_table_says(screens: Screens, role: str) -> None:
    """Ids in addresses: a ticket of another room does not exist."""
    who = ROLES[role]
    bhopal = (await screens.desk.open(report("api-1"))).number
    indore = (await screens.desk.open(report("api-2", district="indore", zipcode="452001"))).number
    expected = {
        "/api/catalogue": 200 if may(who, Action.VIEW, "catalogue") else 403,
        "/api/calls": 200 if may(who, Action.VIEW, "calls") else 403,
        "/api/calls/1700000000.1": 404 if may(who, Action.VIEW, "calls") else 403,
        f"/api/tickets/{bhopal}": 200 if may(who, Action.READ_PERSONAL, "room/district-bhopal") else 404,
        f"/api/tickets/{indore}": 200 if may(who, Action.READ_PERSONAL, "room/district-indore") else 404,
        f"/api/tickets/{indore}/recordings/x.wav": 404,
        "/api/tickets?room=district-bhopal": 200 if may(who, Action.SEARCH, "room/district-bhopal") else 403,
        "/api/tickets?room=district-indore": 200 if may(who, Action.SEARCH, "room/district-indore") else 403,
        "/room/district-bhopal/print": 200 if may(who, Action.EXPORT, "room/district-bhopal") else 403,
        "/room/district-indore/print": 200 if may(who, Action.EXPORT, "room/district-indore") else 403,
        "/operator/telephone": 404,  # nobody's telephone is in the browser here
    }
    async with httpx.AsyncClient(base_url=screens.board.url, headers=screens.header(role)) as client:
        got = {path: (await client.get(path)).status_code for path in expected}
    assert got == expected
    async with httpx.AsyncClient(base_url=screens.board.url) as stranger:
        assert {(await stranger.get(path)).status_code for path in expected} <= {401, 303}


@pytest.mark.parametrize("role", ROLES)
async def test_each_view_is_shown_to_whom_the_table_says(screens: Screens, role: str) -> None:
    async with screens.live(screens.header(role)) as socket:
        page = _Frames(socket)
        for view in VIEWS:
            await page.send(type="subscribe", view=view)
            answer = await page.next("snapshot", "refused")
            assert answer["view"] == view
            if not may(ROLES[role], Action.VIEW, view):
                assert (answer["type"], answer.get("code")) == ("refused", "not-allowed"), view
            elif answer["type"] == "refused":
                assert answer["code"] == "unknown", view  # there is no such room, or no view of that name
            else:
                await page.send(type="unsubscribe", view=view)


@pytest.mark.parametrize("role", ROLES)
async def test_each_command_is_sent_for_whom_the_table_says(screens: Screens, role: str) -> None:
    async with screens.live(screens.header(role)) as socket:
        page = _Frames(socket)
        for number, topic in enumerate(TOPICS):
            command_id = f"{role}-{number}"
            if may(ROLES[role], Action.COMMAND, topic):
                continue  # it is sent: the tests of commands have it
            for frame in (
                {"type": "command", "to": topic, "command": {"command_id": command_id, "action": "ack"}},
                {"type": "stock", "room": topic.split("/")[1], "item": "rice", "report_id": command_id, "report": None},
            ):
                await page.send(**frame)
                answer = await page.next("reply")
                assert (answer["command_id"], answer["code"]) == (command_id, "not-allowed"), frame
        for topic in ("rooms/+", "rooms/#", "rooms/state/x", "queues/general", "operators/101/calls", "rooms/"):
            await page.send(type="command", to=topic, command={"command_id": "x", "action": "ack"})
            assert (await page.next("refused"))["code"] == "malformed"


async def test_who_a_command_is_by_is_the_session_s(screens: Screens) -> None:
    number = (await screens.desk.open(report("by-1"))).number
    command = {"command_id": "by-1", "action": "ack", "ticket": number, "if_version": 1, "by": "the chief minister"}
    async with screens.live(screens.header("room")) as socket:
        page = _Frames(socket)
        await page.send(type="command", to="rooms/district-bhopal", command=command)

        async def told() -> bool:
            entries = await screens.store.read(lambda uow: uow.audit.list_newest(50, ticket=number))
            return any(one.entry.action == "ack" and one.entry.user == "bhopal-1" for one in entries)

        await until(told)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1:{port}.evil.example", "file://"]
)
async def test_a_page_of_another_site_gets_no_websocket(screens: Screens, origin: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with screens.live(screens.header("warroom"), origin.format(port=screens.board.port)):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5000, "a" * 43, "\\", '"', "../../etc/passwd", "' OR 1=1 --"])
async def test_a_cookie_that_is_none_of_ours_is_nobody(screens: Screens, cookie: str) -> None:
    for name in (cookies.SESSION, cookies.WALL):
        headers = {"Cookie": f"{name}={cookie}"}
        async with httpx.AsyncClient(base_url=screens.board.url, headers=headers) as client:
            assert (await client.get("/warroom")).status_code == 303
        async with screens.live(headers) as socket:
            await socket.wait_closed()
            assert socket.close_code == 4401


async def test_a_cookie_of_one_kind_is_none_of_the_other(screens: Screens) -> None:
    """A wall's token is no session, and a session's no wall."""
    for name, role in ((cookies.SESSION, "wall"), (cookies.WALL, "warroom")):
        headers = {"Cookie": f"{name}={screens.tokens[role]}"}
        async with httpx.AsyncClient(base_url=screens.board.url, headers=headers) as client:
            assert (await client.get("/state")).status_code == 303


async def test_an_open_page_is_closed_when_its_session_is_revoked(screens: Screens) -> None:
    async def change_room(user: str) -> None:
        account = await screens.administration.find(user)
        moved = replace(account, room="district-indore")
        await screens.store.write(lambda uow: uow.users.update(moved))

    async def disable(user: str) -> None:
        await screens.administration.set_disabled(user, disabled=True)

    revoke = {
        "ended": screens.administration.end_sessions,
        "disabled": disable,
        "moved": change_room,
        "password": screens.administration.set_password,
    }
    tokens = {user: await sign_in(screens.store, user, "room", room="district-bhopal") for user in revoke}
    stays = await sign_in(screens.store, "stays", "room", room="district-bhopal")
    await until(lambda: screens.board.lets_in(stays))
    async with AsyncExitStack() as stack:
        pages = {}
        for user, token in {**tokens, "stays": stays}.items():
            socket = await stack.enter_async_context(screens.live({"Cookie": f"{cookies.SESSION}={token}"}))
            page = pages[user] = _Frames(socket)
            await page.send(type="subscribe", view="room/district-bhopal")
            await page.next("snapshot")
        for user, end in revoke.items():
            await end(user)
        for user in revoke:
            await pages[user].socket.wait_closed()
            assert pages[user].socket.close_code == 4401, user
        await pages["stays"].next("beat")


async def test_what_a_page_is_shown_stands_in_the_audit_log(screens: Screens) -> None:
    before = (await screens.desk.open(report("seen-1"))).number
    async with screens.live(screens.header("room")) as socket:
        page = _Frames(socket)
        await page.send(type="subscribe", view="room/district-bhopal")
        await page.next("snapshot")
        later = (await screens.desk.open(report("seen-2"))).number
        change = await page.next("change", key=later)
        assert change["collection"] == "tickets"

    async def noted() -> bool:
        entries = await screens.store.read(lambda uow: uow.audit.list_newest(50, user="bhopal-1", action="view"))
        seen = {number for one in entries for number in one.entry.tickets}
        return {before, later} <= seen

    await until(noted)
    entries = await screens.store.read(lambda uow: uow.audit.list_newest(1000))
    text = repr(entries)
    assert "+9170" not in text  # no caller's number
    one = next(one.entry for one in entries if before in one.entry.tickets and one.entry.action == "view")
    assert "phone" in one.fields
    assert one.address == "127.0.0.1"


class _Frames:
    """Frames of one socket, in their order."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket

    async def send(self, **frame: object) -> None:
        await self.socket.send(json.dumps(frame))

    async def next(self, *kinds: str, **wanted: object) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(await self.socket.recv())
            if frame["type"] in kinds and all(frame.get(name) == value for name, value in wanted.items()):
                return frame

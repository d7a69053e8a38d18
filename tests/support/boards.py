"""A real board process, people who are signed in, and pages that are WebSocket clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import httpx
import websockets

from board.accounts.tokens import digest_of, make_token
from router.model.accounts.account import Account
from router.model.accounts.session import Session
from router.mqtt.mosquitto.config import BOARD_ACCOUNT, ROUTER_ACCOUNT
from tests.support.brokers import PASSWORDS, WAIT_S
from tests.support.ports import free_ports
from tests.support.stores import new_store
from warroom.config.paths import DataDirectory
from warroom.config.secrets import MEDIA, MQTT_BOARD, MQTT_ROUTER, ensure_secret
from warroom.services.readiness.ready_file import ReadyFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from router.storage.engine import Storage
    from tests.support.brokers import Broker

READY_S: Final = 100.0


@dataclass(frozen=True)
class Board:
    """Where the screens are."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cookie(self, token: str) -> dict[str, str]:
        """The header with which a browser that is signed in comes."""
        return {"Cookie": f"warroom_session={token}"}

    async def lets_in(self, token: str) -> bool:
        """Whether a session is known: one that another process made is, two seconds later."""
        async with httpx.AsyncClient(base_url=self.url, headers=self.cookie(token)) as client:
            return (await client.get("/")).headers["location"] != "/sign-in?next=/"

    @asynccontextmanager
    async def page(
        self,
        token: str,
        *views: str,
        origin: str = "",
        max_queue: int | None = None,
        name: str = "",
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[Page]:
        """An open page that shows these views."""
        headers = {**(headers or {}), **(self.cookie(token) if token else {})}
        async with websockets.connect(
            f"ws://{name or f'127.0.0.1:{self.port}'}/live",
            host="127.0.0.1",
            port=self.port,
            origin=origin or self.url,  # type: ignore[arg-type]
            additional_headers=headers,
            max_size=None,
            max_queue=max_queue,
            compression=None,
        ) as socket:
            page = Page(socket)
            for view in views:
                await page.send(type="subscribe", view=view)
            try:
                yield page
            finally:
                page.close()


class Page:
    """What a page was sent."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self._came = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self.socket:
                async with self._came:
                    self.frames.append(json.loads(text))
                    self._came.notify_all()
        async with self._came:
            self._came.notify_all()

    def stop_reading(self) -> None:
        """Take nothing more, as a browser on a line that hangs."""
        if self._reading:
            self._reading.cancel()

    def read_on(self) -> None:
        """Take what comes again."""
        self._reading = asyncio.create_task(self._read())

    def close(self) -> None:
        """Read no more."""
        if self._reading:
            self._reading.cancel()

    async def send(self, **frame: object) -> None:
        """Say something."""
        await self.socket.send(json.dumps(frame, ensure_ascii=False))

    async def frame(
        self, kind: str, fits: Callable[[dict[str, Any]], object] = lambda _: True, *, since: int = 0, **wanted: object
    ) -> dict[str, Any]:
        """Wait for a frame of a kind with these values, among those from number `since` on."""

        def found() -> dict[str, Any] | None:
            for frame in self.frames[since:]:
                same = all(frame.get(name) == value for name, value in wanted.items())
                if frame["type"] == kind and same and fits(frame):
                    return frame
            return None

        async with asyncio.timeout(WAIT_S), self._came:
            await self._came.wait_for(found)
        frame = found()
        assert frame is not None
        return frame

    def collection(self, view: str, name: str) -> dict[str, Any]:
        """What a collection holds now, as a page would show it."""
        held: dict[str, Any] = {}
        for frame in self.frames:
            if frame.get("view") != view:
                continue
            if frame["type"] == "snapshot":
                held = dict(frame["collections"][name])
            elif frame["type"] == "change" and frame["collection"] == name:
                held.pop(frame["key"], None)
                if frame["value"] is not None:
                    held[frame["key"]] = frame["value"]
        return held

    async def command(self, to: str, action: str, **command: object) -> dict[str, Any]:
        """Give a command and wait for its reply."""
        command_id = str(command.pop("command_id", None) or uuid4())
        await self.send(type="command", to=to, command={"command_id": command_id, "action": action, **command})
        return await self.frame("reply", command_id=command_id)

    async def closed(self) -> int | None:
        """Wait until the other side closes; the code."""
        async with asyncio.timeout(WAIT_S):
            await self.socket.wait_closed()
        return self.socket.close_code


async def sign_in(
    store: Storage, user: str, role: str, *, name: str = "", room: str | None = None, operator: str | None = None
) -> str:
    """Make an account, if it is not there, and a session of it; return the token of its cookie."""
    token, now = make_token(), datetime.now(UTC)
    account = Account(user, name or user, role, room, operator, "", None, False, now.isoformat())
    session = Session(digest_of(token), user, now, now, now + timedelta(hours=1), "127.0.0.1", "test")

    def write(uow: Any) -> None:
        uow.users.add(account)
        uow.sessions.add(session)

    await store.write(write)
    return token


def make_board_data(data: Path, broker: Broker, *, board: Sequence[str] = ()) -> Board:
    """Prepare a data directory for the process, with a store if there is none yet."""
    (port,) = free_ports(1)
    for name in ("store", "run", "secrets", "spool", "spool/kept", "spool/played", "pictures"):
        (data / name).mkdir(exist_ok=True)
    (data / "settings.toml").write_text(
        f"[router.broker]\nport = {broker.settings.port}\n[board]\nport = {port}\n" + "\n".join(board) + "\n"
    )
    if not DataDirectory(data).store.exists():
        DataDirectory(data).store.write_bytes(new_store())
    for secret, account in ((MQTT_ROUTER, ROUTER_ACCOUNT), (MQTT_BOARD, BOARD_ACCOUNT)):
        (data / "secrets" / secret).write_text(PASSWORDS[account])
    ensure_secret(data, MEDIA)
    return Board(data, port)


@contextmanager
def running_board(board: Board, *, kill: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Run the process; its log must hold no traceback at the end."""
    ready = ReadyFile(DataDirectory(board.data).ready("board"))
    ready.clear()
    log = board.data / "board.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "warroom", "--data", str(board.data), "board"],
            env={**os.environ, "READY_FILE": str(DataDirectory(board.data).ready("board"))},
            stderr=output,
        )
    try:
        assert ready.wait(READY_S, lambda: process.poll() is None), log.read_text()
        yield process
    finally:
        if kill:
            process.kill()
            process.wait()
        elif process.poll() is None:
            process.terminate()
            assert process.wait(WAIT_S) == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()

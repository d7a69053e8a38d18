"""A board that says what a test wants: real pages, real WebSocket, no broker, no store.

For what a page makes of what it is sent; that the real board sends it is for the tests with a stack.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from router.geo import DESKS, load_places
from router.stock.items import load_items
from tests.support.http_app import serving
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

STATIC: Final = Path(__file__).parents[2] / "board" / "static"
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html"
)
BUILD: Final = "test-build"

Frame = dict[str, Any]


def accept(command: Frame) -> Frame | None:
    """Accept every command."""
    return {
        "accepted": True,
        "code": "",
        "reason": "",
        "reason_hi": "",
        "data": {},
        "command_id": command["command_id"],
    }


class ScriptedBoard:
    """What the pages see; change the attributes, then call what sends it.

    Attributes:
        collections: By view, collection and key: what snapshots have.
        commands: All command and stock frames that came, repetitions too.
        answer: Makes the reply to a command; None: no reply.
        beat_s: Between beats; `silent` stops them, and everything else, as a dead line does.
        api: JSON by path below `/api/`; bytes are sent as a sound or a PNG picture.
        shift: By how much this server's clock differs from the machine's.
    """

    def __init__(self, *, beat_s: float = 0.5) -> None:
        self.collections: dict[str, dict[str, dict[str, Any]]] = {}
        self.commands: list[Frame] = []
        self.answer: Callable[[Frame], Frame | None] = accept
        self.beat_s = beat_s
        self.silent = False
        self.broker = True
        self.serve = True
        self.build = BUILD
        self.refuse_code = 0
        self.shift = timedelta()
        self.api: dict[str, Any] = {"catalogue": catalogue()}
        self.user: Frame = {"user": "asha", "name": "आशा वर्मा", "role": "room", "room": "district-bhopal"}
        self.port = free_ports(1)[0]
        self._sockets: set[WebSocket] = set()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def now(self) -> str:
        """Its time, ISO 8601."""
        return (datetime.now(UTC) + self.shift).isoformat()

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[ScriptedBoard]:
        """Serve."""
        routes = [
            Route("/api/{path:path}", self._api),
            Route("/room/{room}", self._page("room.js", "room/{room}")),
            Route("/operator", self._page("operator.js", "operator/1")),
            Route("/warroom", self._page("warroom.js", "warroom")),
            Route("/state", self._page("wall.js", "state")),
            Route("/wall/{name}", self._page("wall.js", "wall/{name}")),
            WebSocketRoute("/live", self._live),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
        beating = asyncio.create_task(self._beat())
        try:
            async with serving(Starlette(routes=routes), self.port):
                yield self
        finally:
            beating.cancel()

    async def change(self, view: str, collection: str, key: str, value: Any) -> None:
        """Set (None: remove) one value and tell the pages."""
        rows = self.collections.setdefault(view, {}).setdefault(collection, {})
        if value is None:
            rows.pop(key, None)
        else:
            rows[key] = value
        await self._say({"type": "change", "view": view, "collection": collection, "key": key, "value": value})

    async def cut(self, code: int = 1012) -> None:
        """Close all connections, as a restart of the board does."""
        for socket in list(self._sockets):
            with contextlib.suppress(RuntimeError):
                await socket.close(code)

    async def beat(self) -> None:
        """Say that all is well, or what is not."""
        frame = {"type": "beat", "now": self.now(), "as_of": self.now(), "broker": self.broker, "serve": self.serve}
        await self._say({**frame, "build": self.build})

    @property
    def tabs(self) -> int:
        """How many pages are connected."""
        return len(self._sockets)

    async def _beat(self) -> None:
        while True:
            await self.beat()
            await asyncio.sleep(self.beat_s)

    async def _say(self, frame: Frame) -> None:
        if self.silent:
            return
        for socket in list(self._sockets):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.send_json(frame)

    async def _live(self, socket: WebSocket) -> None:
        while self.silent:
            await asyncio.sleep(0.05)
        await socket.accept()
        if self.refuse_code:
            await socket.close(self.refuse_code)
            return
        hello = {"type": "hello", "build": self.build, "user": self.user["user"], "heartbeat_s": self.beat_s}
        await socket.send_json({**hello, "now": self.now()})
        self._sockets.add(socket)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await self._take(socket, json.loads(await socket.receive_text()))
        self._sockets.discard(socket)

    async def _take(self, socket: WebSocket, frame: Frame) -> None:
        if self.silent:
            return
        if frame["type"] == "subscribe":
            view = frame["view"]
            told = {
                "type": "snapshot",
                "view": view,
                "as_of": self.now(),
                "collections": self.collections.get(view, {}),
            }
            await socket.send_json(told)
        elif frame["type"] in {"command", "stock"}:
            self.commands.append(frame)
            command = frame.get("command") or {"command_id": frame["report_id"], "action": "stock"}
            reply = self.answer(command)
            if reply:
                await socket.send_json({"type": "reply", "command_id": command["command_id"], **reply})

    async def _api(self, request: Request) -> Response:
        said = self.api.get(request.path_params["path"])
        if said is None:
            return JSONResponse({"code": "unknown"}, status_code=404)
        if isinstance(said, bytes):
            kind = "image/png" if said.startswith(b"\x89PNG") else "audio/wav"
            return Response(said, media_type=kind, headers={"Accept-Ranges": "bytes"})
        return JSONResponse(said)

    def _page(self, script: str, view: str) -> Callable[[Request], Any]:
        async def page(request: Request) -> HTMLResponse:
            files = json.loads((STATIC / "manifest.json").read_text())["files"]
            user, name = escape(json.dumps(self.user)), escape(view.format(**request.path_params))
            text = f"""<!doctype html><html lang="hi"><head><meta charset="utf-8"><title>Warroom</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<meta name="warroom-view" content="{name}"><meta name="warroom-user" content="{user}">
<link rel="stylesheet" href="/static/{files["style.css"]}">
<link rel="stylesheet" href="/static/{files[script.replace(".js", ".css")]}">
<script type="module" src="/static/{files[script]}"></script></head>
<body><main id="screen"></main></body></html>"""
            return HTMLResponse(text, headers={"Content-Security-Policy": CSP})

        return page


def catalogue() -> Frame:
    """The ids there are, as `/api/catalogue` has them."""
    places = load_places()
    needs = places.needs
    return {
        "needs": [{"id": one.id, "name": one.name, "name_hi": one.name_hi, "desk": one.desk} for one in needs.values()],
        "districts": [
            {
                "id": one.id,
                "name": one.name,
                "name_hi": one.name_hi,
                "room": one.room,
                "tile": [one.tile_row, one.tile_col],
            }
            for one in places.districts.values()
        ],
        "rooms": [{"id": one.id, "name": one.name, "name_hi": one.name_hi, "level": one.level} for one in places.rooms],
        "desks": [{"id": desk} for desk in DESKS],
        "items": [
            {"id": one.id, "name": one.name, "name_hi": one.name_hi, "unit": one.unit}
            for one in load_items(needs.keys()).by_id.values()
        ],
        "states": [{"id": one.id, "name": one.name, "name_hi": one.name_hi} for one in places.states.values()],
    }

"""Operators' consoles as WebSocket clients of one process: `python -m tests.load.board_consoles`, its job on stdin.

The job: `url`, `origin`, `consoles` (operator -> cookie), `file_after_s`. A console that is shown a call that was
answered files a ticket about it as soon as both have spoken for so long, by the page's own frames. Once all have their
snapshot, a line says so. When stdin ends, the last line tells as JSON what came.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import cycle
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect

_OPEN_AT_ONCE = 20
_NEEDS = cycle(("ration", "water", "stranded"))
_DISTRICTS = cycle(("bhopal", "indore", "sagar", "rewa", "gwalior", "jabalpur"))


class Consoles:
    """All consoles, and what they have seen.

    Attributes:
        shown: Operator -> when each call came on the screen, as a rule while it rang, in seconds since the epoch.
        filed: Call -> the ticket.
        refused: Why a ticket was refused.
        reply_ms: How long each reply took.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self.shown: dict[str, list[float]] = {}
        self.filed: dict[str, str] = {}
        self.refused: list[str] = []
        self.reply_ms: list[float] = []
        self._job = job
        self._slots = asyncio.Semaphore(_OPEN_AT_ONCE)
        self._waiting = len(job["consoles"])
        self.ready = asyncio.Event()
        self._filing: set[asyncio.Task[None]] = set()

    async def keep(self, operator: str, cookie: str) -> None:
        """Be one console."""
        async with self._slots:
            line = await connect(
                self._job["url"], additional_headers={"Cookie": cookie}, origin=self._job["origin"], max_size=None,
            )  # fmt: skip
        calls: dict[str, bool] = {}  # whether each was answered
        asked: dict[str, tuple[str, float]] = {}
        async with line:
            await line.send(json.dumps({"type": "subscribe", "view": f"operator/{operator}"}))
            async for text in line:
                frame = json.loads(text)
                match frame["type"]:
                    case "snapshot":
                        self._waiting -= 1
                        if not self._waiting:
                            self.ready.set()
                    case "change" if frame["collection"] == "call":
                        self._call(operator, frame["value"], calls, line, asked)
                    case "reply" if frame["command_id"] in asked:
                        call, since = asked.pop(frame["command_id"])
                        self.reply_ms.append((time.time() - since) * 1000)
                        if frame["accepted"]:
                            self.filed[call] = frame["data"]["ticket"]
                        else:
                            self.refused.append(f"{frame['code']}: {frame['reason']}")

    def _call(
        self, operator: str, value: dict[str, Any] | None, calls: dict[str, bool], line: ClientConnection,
        asked: dict[str, tuple[str, float]],
    ) -> None:  # fmt: skip
        if not value:
            return
        call = value["uniqueid"]
        if call not in calls:
            calls[call] = False
            self.shown.setdefault(operator, []).append(time.time())
        if not calls[call] and not value["ringing"]:
            calls[call] = True
            task = asyncio.create_task(self._file(operator, call, line, asked))
            self._filing.add(task)
            task.add_done_callback(self._filing.discard)

    async def _file(
        self, operator: str, call: str, line: ClientConnection, asked: dict[str, tuple[str, float]]
    ) -> None:
        await asyncio.sleep(self._job["file_after_s"])
        command_id = str(uuid4())
        command = {
            "command_id": command_id, "action": "file", "call": call, "service_code": next(_NEEDS),
            "district": next(_DISTRICTS), "name": "सीता", "landmark": "पंचायत भवन", "people": 5, "note": "दो दिन से",
        }  # fmt: skip
        asked[command_id] = call, time.time()
        await line.send(json.dumps({"type": "command", "to": f"operators/{operator}", "command": command}))


async def main() -> None:
    """Run the consoles until stdin ends."""
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    job = json.loads(await stdin.readline())
    consoles = Consoles(job)
    running = [asyncio.create_task(consoles.keep(*console)) for console in job["consoles"].items()]
    await consoles.ready.wait()
    print("ready", flush=True)
    await stdin.read()
    for task in running:
        task.cancel()
    ended = await asyncio.gather(*running, return_exceptions=True)
    lost = sum(not isinstance(end, asyncio.CancelledError) for end in ended)
    told = {name: getattr(consoles, name) for name in ("shown", "filed", "refused", "reply_ms")}
    print(json.dumps({**told, "lost_consoles": lost}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())

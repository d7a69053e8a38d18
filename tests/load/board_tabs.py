"""Many screens as WebSocket clients of one process: `python -m tests.load.board_tabs`, its job on stdin as JSON.

The job: `url`, `tabs` (a list of `cookie`, `view`, and `mute` for one that never reads). Once every tab has its
first snapshot, a line says so. When stdin ends, the last line tells as JSON what came.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

_RETRY_S = 0.5
_OPEN_AT_ONCE = (
    20  # as many browsers as come in the same instant after a restart, and no more: the start is not measured
)


class Tabs:
    """All tabs, and what they have seen.

    Attributes:
        came: Ticket's number -> seconds since the epoch at which it came to each tab that shows it.
        frames: View -> (when, the frame) of every change, as its first tab received it.
        snapshots: How many came, of all tabs: more than tabs when some had to be caught up.
        received: Bytes of text.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self.came: dict[str, dict[int, float]] = {}
        self.frames: dict[str, list[tuple[float, str]]] = {}
        self.snapshots = 0
        self.changes = 0
        self.received = 0
        self._job = job
        self._slots = asyncio.Semaphore(_OPEN_AT_ONCE)
        self._waiting = sum(not tab.get("mute") for tab in job["tabs"])
        self.ready = asyncio.Event()

    async def keep(self, which: int) -> None:
        """Be one tab, connecting again whenever it loses its connection."""
        tab = self._job["tabs"][which]
        record = which == next(at for at, one in enumerate(self._job["tabs"]) if one["view"] == tab["view"])
        first = True
        while True:
            with contextlib.suppress(OSError, WebSocketException):
                async with self._slots:
                    line = await connect(
                        self._job["url"], additional_headers={"Cookie": tab["cookie"]}, origin=self._job["origin"],
                        max_size=None,
                    )  # fmt: skip
                async with line:
                    await line.send(json.dumps({"type": "subscribe", "view": tab["view"]}))
                    if tab.get("mute"):
                        await line.wait_closed()
                    async for text in line:
                        if self._take(which, tab["view"], str(text), record=record) and first:
                            first = False
                            self._waiting -= 1
                            if not self._waiting:
                                self.ready.set()
            await asyncio.sleep(_RETRY_S)

    def _take(self, which: int, view: str, text: str, *, record: bool) -> bool:
        now = time.time()
        self.received += len(text)
        frame = json.loads(text)
        kind = frame["type"]
        if kind == "snapshot":
            self.snapshots += 1
            for number in frame["collections"].get("tickets", ()):
                self.came.setdefault(number, {}).setdefault(which, now)
            return True
        if kind == "change":
            self.changes += 1
            if record:
                self.frames.setdefault(view, []).append((now, text))
            if frame["collection"] == "tickets":
                self.came.setdefault(frame["key"], {}).setdefault(which, now)
        return False


async def main() -> None:
    """Run the tabs until stdin ends."""
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    tabs = Tabs(json.loads(await stdin.readline()))
    running = [asyncio.create_task(tabs.keep(which)) for which in range(len(tabs._job["tabs"]))]
    await tabs.ready.wait()
    print("ready", flush=True)
    await stdin.read()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    told = {name: getattr(tabs, name) for name in ("came", "frames", "snapshots", "changes", "received")}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())

"""The least a screen can cost: a bare WebSocket server that passes lines of its stdin on, and does nothing else.

`python -m tests.load.board_floor` says its port; each line of its stdin is a view, a space, and a frame for all tabs
that have subscribed to the view.
"""

from __future__ import annotations

import asyncio
import json
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve

_SNAPSHOT = json.dumps({"type": "snapshot", "view": "", "collections": {}})


async def main() -> None:
    """Serve until stdin ends."""
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    views: dict[str, set[ServerConnection]] = {}

    async def take(tab: ServerConnection) -> None:
        view = json.loads(await tab.recv())["view"]
        views.setdefault(view, set()).add(tab)
        await tab.send(_SNAPSHOT)
        await tab.wait_closed()
        views[view].discard(tab)

    async with serve(take, "127.0.0.1", 0) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        async for line in stdin:
            view, _, frame = line.decode().rstrip("\n").partition(" ")
            broadcast(views.get(view, ()), frame)


if __name__ == "__main__":
    asyncio.run(main())

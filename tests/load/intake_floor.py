"""The least a webhook can cost: a bare ASGI application that answers 200 after one commit of the body, and no more.

`python -m tests.load.intake_floor FILE` says its port. SQLite is set as the product's is; each body is a commit.
"""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn

_writer = ThreadPoolExecutor(1)
_store: sqlite3.Connection


def _open(file: str) -> None:
    global _store  # noqa: PLW0603 - the writer's thread alone uses it
    _store = sqlite3.connect(file, isolation_level=None)
    _store.execute("PRAGMA journal_mode=WAL")
    _store.execute("PRAGMA synchronous=FULL")
    _store.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB)")


def _keep(body: bytes) -> None:
    _store.execute("INSERT INTO bodies (body) VALUES (?)", (body,))


async def app(_scope: Any, receive: Any, send: Any) -> None:
    """Keep a body and answer."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await asyncio.get_running_loop().run_in_executor(_writer, _keep, body)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    """Serve until killed."""
    _writer.submit(_open, sys.argv[1]).result()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()

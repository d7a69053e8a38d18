"""Posts webhooks at a fixed rate as Meta does: again until each is answered 200, some of them twice in parallel.

`python -m tests.load.intake_sender URL PLAN RESULT` posts each line of PLAN ("<due in s> <signature> <body>") when it
is due, whatever the answers; it says "begun", and writes RESULT when all are answered. It is a process of its own and
speaks plain HTTP/1.1: the time of an answer is not that of a busy bench, nor of a client that costs more than a server.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

RETRY_S: Final = (1.0, 2.0, 4.0, 8.0)
"""Meta's pauses grow too, and are longer: here the backlog after a kill is to come within seconds."""
_GIVE_UP_S: Final = 120.0
_AT_ONCE: Final = 60
_LIMIT_S: Final = 30.0
_OK: Final = 200

Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Posts over connections that are kept; at most so many at once.

    Args:
        url: Where to.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = str(parts.hostname), int(parts.port or 80), parts.path
        self._free: list[Connection] = []
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def post(self, signature: str, body: bytes) -> tuple[float, float, int]:
        """Post a body; return when it was sent, how many milliseconds later the answer came, and its status, or 0."""
        async with self._slots:
            at = time.monotonic()
            try:
                async with asyncio.timeout(_LIMIT_S):
                    status = await self._post(signature, body)
            except (OSError, EOFError, TimeoutError):
                status = 0
            return at, (time.monotonic() - at) * 1000, status

    async def _post(self, signature: str, body: bytes) -> int:
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
        try:
            head = (
                f"POST {self._path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nContent-Type: application/json\r\n"
                f"X-Hub-Signature-256: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode("ascii") + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            _, _, rest = answer.partition("content-length:")
            await reader.readexactly(int(rest.split("\r\n", 1)[0]))
        except BaseException:
            writer.close()
            raise
        if "connection: close" in answer:
            writer.close()
        else:
            self._free.append((reader, writer))
        return int(answer.split(" ", 2)[1])


async def main(url: str, plan: Path, result: Path) -> None:
    """Post all lines."""
    lines = [line.split(" ", 2) for line in plan.read_text("ascii").splitlines()]
    client = Client(url)
    answers: list[tuple[float, float, int]] = []
    print("begun", flush=True)
    began = time.monotonic()

    async def deliver(due: float, signature: str, body: bytes) -> bool:
        await asyncio.sleep(max(0.0, began + due - time.monotonic()))
        for pause_s in itertools.chain(RETRY_S, itertools.repeat(RETRY_S[-1])):
            at, ms, status = await client.post(signature, body)
            answers.append((at - began, ms, status))
            if status == _OK or at > began + due + _GIVE_UP_S:
                return status == _OK
            await asyncio.sleep(pause_s)
        raise AssertionError

    done = await asyncio.gather(*(deliver(float(due), signature, body.encode()) for due, signature, body in lines))
    result.write_text(json.dumps({"delivered": sum(done), "answers": answers}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))

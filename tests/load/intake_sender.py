"""Posts webhooks at a fixed rate as Meta does: again until each is answered 200, some of them twice in parallel.

`python -m tests.load.intake_sender URL PLAN RESULT` posts each line of PLAN ("<due in s> <signature> <body>") when it
is due, whatever the answers; it says "begun", and writes RESULT when all are answered.
It is a process of its own: the time of an answer is not that of a busy bench.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from pathlib import Path
from typing import Final

import httpx

RETRY_S: Final = (1.0, 2.0, 4.0, 8.0)
"""Meta's pauses grow too, and are longer: here the backlog after a kill is to come within seconds."""
_GIVE_UP_S: Final = 120.0
_CONNECTIONS: Final = 60


async def main(url: str, plan: Path, result: Path) -> None:
    """Post all lines."""
    lines = [line.split(" ", 2) for line in plan.read_text("ascii").splitlines()]
    limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
    answers: list[tuple[float, float, int]] = []
    print("begun", flush=True)
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:

        async def deliver(due: float, signature: str, body: str) -> bool:
            await asyncio.sleep(max(0.0, began + due - time.monotonic()))
            headers = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
            for pause_s in itertools.chain(RETRY_S, itertools.repeat(RETRY_S[-1])):
                at = time.monotonic()
                try:
                    answer = await client.post(url, content=body.encode("ascii"), headers=headers)
                    answers.append((at - began, (time.monotonic() - at) * 1000, answer.status_code))
                    if answer.status_code == httpx.codes.OK:
                        return True
                except httpx.HTTPError:
                    answers.append((at - began, (time.monotonic() - at) * 1000, 0))
                if at > began + due + _GIVE_UP_S:
                    break
                await asyncio.sleep(pause_s)
            return False

        done = await asyncio.gather(*(deliver(float(due), signature, body) for due, signature, body in lines))
    result.write_text(json.dumps({"delivered": sum(done), "answers": answers}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))

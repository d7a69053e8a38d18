"""Tickets that operators' consoles file for a bench of the screens, by the page's own frames."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from websockets.asyncio.client import connect

from router.geo import load_places
from tests.support.brokers import until

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from tests.live.conftest import LiveStack

TICKETS_PER_S: Final = 3.0
"""What 500 calls of some three minutes bring."""
FIRST_OPERATOR: Final = 101
_SETTLE_S: Final = 30.0
_NEEDS: Final = itertools.cycle(("ration", "water", "stranded", "medicine"))
_DISTRICTS: Final = tuple(load_places().districts)
_NUMBERS: Final = itertools.count(7_000_000_000)


@dataclass
class Filed:
    """Tickets that were filed.

    Attributes:
        sent: Command -> when its frame left, in seconds since the epoch.
        numbers: Ticket's number -> (its room, when its frame left).
        refused: Why some were not taken.
    """

    sent: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, tuple[str, float]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


async def file_tickets(stack: LiveStack, url: str, cookies: list[str], seconds: float) -> tuple[Filed, Filed]:
    """File tickets; return those of the time in which all ran, and those filed around the broker's restart.

    The broker is restarted after two thirds of the time; tickets filed from then on are of the second kind.
    """
    quiet, restarted = Filed(), Filed()
    async with contextlib.AsyncExitStack() as exits:
        consoles = [
            await exits.enter_async_context(
                connect(f"ws{url[4:]}/live", additional_headers={"Cookie": one}, origin=url)
            )  # type: ignore[arg-type]
            for one in cookies
        ]
        reading = [asyncio.create_task(_read(console, (quiet, restarted))) for console in consoles]
        await _file(consoles, quiet, seconds * 2 / 3)
        await until(lambda: len(quiet.numbers) + len(quiet.refused) == len(quiet.sent), seconds=_SETTLE_S)
        restart = asyncio.create_task(asyncio.to_thread(_restart_broker, stack))
        await _file(consoles, restarted, seconds / 3)
        await restart
        await until(lambda: len(restarted.numbers) + len(restarted.refused) == len(restarted.sent), seconds=_SETTLE_S)
        await asyncio.sleep(2)  # the last ones are on their way to the screens
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    return quiet, restarted


def _restart_broker(stack: LiveStack) -> None:
    stack.processes.stop("broker")
    stack.processes.start("broker")


async def _file(consoles: list[ClientConnection], filed: Filed, seconds: float) -> None:
    began = time.monotonic()
    for which in range(round(seconds * TICKETS_PER_S)):
        await asyncio.sleep(max(0.0, began + which / TICKETS_PER_S - time.monotonic()))
        command_id = str(uuid4())
        command = {
            "command_id": command_id, "action": "file", "service_code": next(_NEEDS),
            "district": _DISTRICTS[which % len(_DISTRICTS)], "phone": str(next(_NUMBERS)), "name": "सीता बाई",
            "landmark": "पंचायत भवन के पास", "people": 5, "note": "दो दिन से राशन नहीं मिला",
        }  # fmt: skip
        filed.sent[command_id] = time.time()
        operator = FIRST_OPERATOR + which % len(consoles)
        frame = {"type": "command", "to": f"operators/{operator}", "command": command}
        await consoles[which % len(consoles)].send(json.dumps(frame))


async def _read(console: ClientConnection, both: tuple[Filed, Filed]) -> None:
    async for text in console:
        frame = json.loads(text)
        if frame["type"] != "reply":
            continue
        for filed in both:
            at = filed.sent.get(frame["command_id"])
            if at is None:
                continue
            if frame["accepted"]:
                filed.numbers[frame["data"]["ticket"]] = frame["data"]["room"], at
            else:
                filed.refused.append(f"{frame['code']}: {frame['reason']}")

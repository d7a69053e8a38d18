"""The router as a process of its own, for the bench: store, desk, link, commands, clocks as in `serve`, no telephone.

Takes orders on standard input and answers on standard output, a JSON line each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from router.geo import Places, load_places
from router.mqtt.commands.room_commands import Commands
from router.mqtt.connection import MqttConnection
from router.mqtt.retained.messages import RetainedMessages
from router.mqtt.stock_report_consumer import StockReportConsumer
from router.settings import BrokerSettings
from router.stock.items import load_items
from router.stock.monitor import ShortageWatch
from router.stock.stock_reports import StockReports
from router.storage.engine import Storage
from router.storage.engines import Location, location_of
from router.tasks.service import TaskService
from router.tickets.command import Command
from router.tickets.service import TicketService
from router.tickets.sla.monitor import SlaMonitor
from router.tickets.workflow import actor_of_room
from tests.load.desk_store import NODE, report
from tests.support.brokers import PASSWORDS
from warroom.config.settings import Settings
from warroom.services.calls import SWITCH_S
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

_TIMEOUT_S = 60.0  # a machine that is slow shows in the figures
STORE = "s.sqlite"
"""The file in the data directory, where the store is a file."""

#: What rooms do with a ticket, one after the other.
ACTIONS = ("acknowledge", "start", "resolve")


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the data directory")
    parser.add_argument("port", type=int, help="the broker's")
    parser.add_argument("--store", default="", help="URL of the store, unless it is a file in the folder")
    parser.add_argument("--profile", type=Path, help="write what took how long, for pstats")
    options = parser.parse_args()
    sys.setswitchinterval(SWITCH_S)
    with contextlib.ExitStack() as stack:
        if options.profile:
            profile = stack.enter_context(cProfile.Profile())
            stack.callback(lambda: profile.dump_stats(options.profile))
        asyncio.run(_serve(options.folder, location_of(options.store, options.folder / STORE), options.port))


@contextlib.asynccontextmanager
async def _router(folder: Path, location: Location, port: int) -> AsyncIterator[tuple[Storage, TicketService, Places]]:
    """Put together what `serve` does."""
    places, settings = load_places(), Settings()
    store = Storage(location, RetainedMessages(), timeout_s=_TIMEOUT_S)
    await store.open()
    rules = make_rules(folder, places)
    desk = make_ticket_service(folder, settings, store, places, rules)
    rooms = [room.id for room in places.rooms]
    link = MqttConnection(
        BrokerSettings(port=port), node=NODE, password=PASSWORDS["router"], store=store, places=places
    )
    tasks = TaskService(store, places, node=NODE)
    Commands(desk, tasks, link.inbox, rooms=rooms, node=NODE).listen()
    items = load_items(places.needs)
    shortage = ShortageWatch(store, places, items)
    StockReportConsumer(StockReports(store, items), link.inbox, rooms=rooms, node=NODE, taken=shortage.touch).listen()
    clock = SlaMonitor(store, desk, places, offline=link.presence.offline)
    link.start()
    work = [asyncio.create_task(part) for part in (rules.run(store), clock.run(), tasks.run(), shortage.run())]
    try:
        async with asyncio.timeout(60):
            await link.wait_connected()
        yield store, desk, places
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        await link.close()
        await desk.close()
        await store.close()


async def _serve(folder: Path, location: Location, port: int) -> None:
    async with _router(folder, location, port) as (store, desk, places):
        _say({"ready": time.monotonic()})
        orders = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        async for line in orders:
            order = json.loads(line)
            match order.pop("do"):
                case "open":
                    _say(await _open(desk, places, **order))
                case "command":
                    _say(await _command(desk, **order))
                case "sent":
                    while await store.read(lambda uow: uow.outbox.waiting()):
                        await asyncio.sleep(0.02)
                    _say({"at": time.monotonic()})


async def _open(
    desk: TicketService, places: Places, *, first: int, count: int, at_once: int, per_s: float | None = None
) -> dict[str, Any]:
    """Open tickets: so many at once all the time, or so many new ones a second."""
    began: dict[str, float] = {}
    told: list[float] = []
    free = asyncio.Semaphore(at_once)

    async def one(index: int, at: float) -> None:
        try:
            ticket = await desk.open(report(index, places, phone=f"+9199{index:08d}"))
            told.append(time.monotonic() - at)
            began[ticket.number] = at
        finally:
            free.release()

    start = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for index in range(count):
            if per_s:
                await asyncio.sleep(max(0.0, start + index / per_s - time.monotonic()))
            await free.acquire()
            group.create_task(one(first + index, start + index / per_s if per_s else time.monotonic()))
    return {"began": began, "told_s": told}


async def _command(desk: TicketService, *, tickets: dict[str, list[str]], at_once: int) -> dict[str, Any]:
    """Do with tickets, listed by room, what rooms do; without a broker in between."""
    work = iter([(room, number) for room, numbers in tickets.items() for number in numbers])

    async def worker() -> int:
        done = 0
        for room, number in work:
            for action in ACTIONS:
                command = Command(command_id=f"d-{number}-{action}", ticket=number, action=action)  # type: ignore[arg-type]
                reply = await desk.command(command, actor=actor_of_room(room))
                assert reply.accepted, reply.reason
                done += 1
        return done

    start = time.monotonic()
    done = sum(await asyncio.gather(*(worker() for _ in range(at_once))))
    return {"done": done, "took_s": time.monotonic() - start}


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""`make bench-desk`: how many tickets and commands a second the router takes when its store is full of old tickets.

A real Mosquitto, the router as a process of its own, the rooms of all districts as MQTT clients of their own; first
with a SQLite file, then with a PostgreSQL server. The same is run over a store with few closed tickets first: what a
step costs must not depend on them. Raw publishes and raw commits of the same database are measured before and after in
the same run: absolute figures differ from machine to machine, the ratio to the slower of those two does not. Prints
and writes JSON with stable keys, below the name of each database; exit code 1 when a target is missed.

"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from rich.console import Console

from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from tests.load import desk_floor
from tests.load.desk_databases import DATABASES, BenchDatabase
from tests.load.desk_rooms import Room, connected_rooms, received
from tests.load.desk_store import fill_closed, fill_open
from tests.load.probe import percentile
from tests.load.usage import cpu_s, peak_mb
from tests.support.brokers import NOBODY, Broker
from tests.support.stores import opened_desk, opened_store, places
from warroom.config.secrets import MEDIA, ensure_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from router.storage.engines import Location

TICKETS_PER_S = 400  # ten times the worst storm of calls
RATIO = 0.3
RESTART_S = 5.0
RETAINED = 2_000
GROWTH = 1.5  # a hundred times as many closed tickets: what grows with them would be far beyond this
_BUSY_ROOM = "district-bhopal"
_BUSY_DISTRICT = "bhopal"
_FEW = 1_000
_AT_ONCE = 200  # callers who end their message in the same moments
_WARM_UP = 500
_TICKETS = 6_000
_STORM_S = 10
_PER_ROOM = 12  # tickets each room works through, two people at a time
_ALONE = 600
_FILL_TIMEOUT_S = 120.0  # for one chunk, which nobody waits for
_LINE_LIMIT = 64 * 1024 * 1024


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--closed", type=int, default=100_000, help="closed tickets in the store")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    parser.add_argument("--profile", type=Path, help="a folder where the router writes what took how long, for pstats")
    options = parser.parse_args()
    found = asyncio.run(_bench(options.closed, options.profile))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    missed = [f"{name}: {line}" for name, some in found.items() for line in _missed(some)]
    for line in missed:
        say(line)
    sys.exit(1 if missed else 0)


def say(line: str) -> None:
    """Tell how far we are."""
    Console(stderr=True).print(line, highlight=False)


@dataclass
class Router:
    """The router's process, and orders to it."""

    process: asyncio.subprocess.Process
    start_s: float
    """From the start of the process until it is connected and has read back what the broker holds."""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    async def order(self, do: str, **what: object) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        assert self.process.stdin
        self.process.stdin.write((json.dumps({"do": do, **what}) + "\n").encode())
        return await _answer(self.process)


@contextlib.asynccontextmanager
async def _router(folder: Path, store: Location, broker: Broker, profile: Path | None = None) -> AsyncIterator[Router]:
    more = ["--profile", str(profile)] if profile else []
    if isinstance(store, sa.URL):
        more += ["--store", store.render_as_string()]
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.desk_router", str(folder), str(broker.settings.port), *more,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE_LIMIT,
    )  # fmt: skip
    try:
        ready = await _answer(process)
        yield Router(process, ready["ready"] - began)
    finally:
        assert process.stdin
        process.stdin.close()
        try:
            async with asyncio.timeout(30):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()


async def _answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout
    line = await process.stdout.readline()
    assert line, "the router's process has ended"
    return json.loads(line)  # type: ignore[no-any-return]


async def _bench(closed: int, profile: Path | None) -> dict[str, Any]:
    found = {}
    for database in DATABASES:
        with tempfile.TemporaryDirectory(prefix="warroom-bench-", dir="/var/tmp") as folder:
            Path(folder).chmod(0o755)  # the broker and the server are users of their own
            with database(Path(folder)) as there:
                say(f"{there.name}:")
                found[there.name] = await _bench_of(there, Path(folder), closed, profile)
    return found


async def _bench_of(database: BenchDatabase, folder: Path, closed: int, profile: Path | None) -> dict[str, Any]:
    few = await _run(database, folder / "few", min(_FEW, closed), None)
    floors = [await _floors(database, folder / "floor-before")]
    many = await _run(database, folder / "many", closed, profile / f"{database.name}.pstats" if profile else None)
    floors.append(await _floors(database, folder / "floor-after"))
    floor = {name: round(sum(some[name] for some in floors) / len(floors), 1) for name in floors[0]}
    return {
        "closed": closed,
        **many,
        "floor": floor,
        "ratio": round(many["tickets_per_s"] / min(floor.values()), 3),
        "with_few_closed": {"closed": min(_FEW, closed), **few},
        "floors": [{name: round(value, 1) for name, value in some.items()} for some in floors],
    }


async def _floors(database: BenchDatabase, folder: Path) -> dict[str, float]:
    async with _broker(folder) as broker:
        return {
            "publish_per_s": await desk_floor.publish_per_s(broker),
            "commit_per_s": await asyncio.to_thread(database.commit_per_s, folder),
        }


@contextlib.asynccontextmanager
async def _broker(folder: Path) -> AsyncIterator[Broker]:
    directory = folder / "mosquitto"
    directory.mkdir(parents=True)
    folder.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(directory, NOBODY, NOBODY)
    broker = Broker(directory)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.kill()


async def _run(database: BenchDatabase, folder: Path, closed: int, profile: Path | None) -> dict[str, Any]:
    """Measure over a store with so many closed tickets."""
    say(f"filling a store with {closed:,} closed and {RETAINED:,} open tickets …")
    (folder / "secrets").mkdir(parents=True)
    ensure_secret(folder, MEDIA)
    store = database.new(folder)
    async with opened_store(store, timeout_s=_FILL_TIMEOUT_S) as filled:
        await fill_closed(filled, places(), closed)
        async with opened_desk(filled) as desk:
            await fill_open(desk, places(), RETAINED, first=closed, district=_BUSY_DISTRICT)
    await database.filled(store)
    first = closed + RETAINED
    districts = [known.room for known in places().districts.values()]
    async with _broker(folder) as broker:
        async with _router(folder, store, broker) as router:  # the broker knows nothing: all is sent
            empty_s = router.start_s
            await router.order("sent")
        async with _router(folder, store, broker, profile) as router, connected_rooms(broker, districts) as rooms:
            found = await _measured(router, database, rooms, first)
            open_now = await _open_in_store(store)
            reconnect = await _reconnect(broker, open_now)
            found |= {"memory_mb": round(peak_mb(router.pid), 1)}
        async with _router(folder, store, broker) as router:
            restart_s = router.start_s
    return {
        **found,
        "reconnect": reconnect,
        "restart_s": round(restart_s, 2),
        "start_with_empty_broker_s": round(empty_s, 2),
    }


async def _measured(router: Router, database: BenchDatabase, rooms: dict[str, Room], first: int) -> dict[str, Any]:
    say("tickets …")
    warm = await router.order("open", first=first, count=_WARM_UP, at_once=_AT_ONCE)
    await received(rooms.values(), warm["began"])
    first += _WARM_UP
    cpu, server_cpu = cpu_s(router.pid), database.cpu_s()
    opened = await router.order("open", first=first, count=_TICKETS, at_once=_AT_ONCE)
    came = await received(rooms.values(), opened["began"])
    took = max(came.values()) - min(opened["began"].values())
    cpu, server_cpu = cpu_s(router.pid) - cpu, database.cpu_s() - server_cpu
    first += _TICKETS
    say(f"{_TICKETS / took:.0f} a second; a storm of {TICKETS_PER_S} a second …")
    storm = await router.order("open", first=first, count=TICKETS_PER_S * _STORM_S, at_once=10_000, per_s=TICKETS_PER_S)
    storm_came = await received(rooms.values(), storm["began"])
    delays = [(storm_came[number] - at) * 1000 for number, at in storm["began"].items()]
    say("commands …")
    commands = await _commands(rooms)
    numbers = {
        name: [n for n in room.came if n in storm["began"]][: _ALONE // len(rooms)] for name, room in rooms.items()
    }
    command_cpu = cpu_s(router.pid)
    alone = await router.order("command", tickets=numbers, at_once=50)
    await router.order("sent")
    command_cpu = cpu_s(router.pid) - command_cpu
    return {
        "tickets_per_s": round(_TICKETS / took, 1),
        "ticket_p99_ms": round(percentile(delays, 99), 1),
        "ticket_p50_ms": round(percentile(delays, 50), 1),
        "told_p99_ms": round(percentile([each * 1000 for each in storm["told_s"]], 99), 1),
        "cpu_ms_per_ticket": round(cpu / _TICKETS * 1000, 3),
        "database_cpu_ms_per_ticket": round(server_cpu / _TICKETS * 1000, 3),
        **commands,
        "commands_alone_per_s": round(alone["done"] / alone["took_s"], 1),
        "cpu_ms_per_command": round(command_cpu / alone["done"] * 1000, 3),
    }


async def _commands(rooms: dict[str, Room]) -> dict[str, float]:
    """Have two people in each room work through tickets that came last."""
    work = []
    for room in rooms.values():
        numbers = list(room.came)[RETAINED if room.room == _BUSY_ROOM else 0 :][:_PER_ROOM]
        work += [room.work_through(numbers[::2]), room.work_through(numbers[1::2])]
    start = time.monotonic()
    took = [each * 1000 for some in await asyncio.gather(*work) for each in some]
    per_s = len(took) / (time.monotonic() - start)
    return {"commands_per_s": round(per_s, 1), "command_p99_ms": round(percentile(took, 99), 1)}


async def _open_in_store(location: Location) -> int:
    store = Storage(location, RetainedMessages())
    await store.open()
    try:
        return len(await store.read(lambda uow: uow.tickets.open_of_room(_BUSY_ROOM)))
    finally:
        await store.close()


async def _reconnect(broker: Broker, expected: int) -> dict[str, int]:
    """Have the busiest room come back with nothing: how many of its tickets it gets."""
    async with connected_rooms(broker, [_BUSY_ROOM], name="again") as rooms:
        room = rooms[_BUSY_ROOM]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                while len(room.came) < expected:
                    await asyncio.sleep(0.05)
        return {"retained": expected, "received": len(room.came)}


def _missed(found: dict[str, Any]) -> Iterable[str]:
    """Return the targets that were missed, as lines."""
    floor = min(found["floor"].values())
    least = max(TICKETS_PER_S, RATIO * floor)
    reconnect = found["reconnect"]
    checks = (
        (found["tickets_per_s"] >= least, f"tickets a second: {found['tickets_per_s']}, {least:.0f} wanted"),
        (reconnect["received"] == reconnect["retained"] >= RETAINED, f"a room that reconnects: {reconnect}"),
        (found["restart_s"] <= RESTART_S, f"restart: {found['restart_s']} s, at most {RESTART_S:g} wanted"),
        *_grown(found, "cpu_ms_per_ticket", "database_cpu_ms_per_ticket", "cpu_ms_per_command"),
    )
    return [line for held, line in checks if not held]


def _grown(found: dict[str, Any], *names: str) -> Iterator[tuple[bool, str]]:
    """Whether each cost is the same with many closed tickets as with few, but for what a busy machine makes of it."""
    for name in names:
        many, few = found[name], found["with_few_closed"][name]
        yield many <= GROWTH * few, f"{name}: {many} with many closed tickets, {few} with few"


if __name__ == "__main__":
    main()

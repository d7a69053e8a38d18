"""`make bench-board`: from the ticket to the screen, with many screens open, and what that costs.

First 60 screens beside 500 calls, then 500 screens without calls; three tickets a second are filed at consoles, and in
the middle the broker is restarted. Five of the screens are real pages, one tab never reads. The same frames then go
to the same number of tabs from a bare WebSocket server: the floor. Prints and writes JSON with stable keys.
Exit code 1 when a ticket did not reach a screen that shows its room.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from router.geo import load_places
from tests.live.conftest import NO_RESERVE, LiveStack, open_stack
from tests.load.bench import say
from tests.load.board_filing import FIRST_OPERATOR, TICKETS_PER_S, file_tickets
from tests.load.board_fleet import Tab, floor_server, opened_tabs
from tests.load.board_pages import first_load, pages, seen
from tests.load.calls_beside import calls_beside
from tests.load.probe import percentile
from tests.load.usage import cpu_s, machine_s, peak_mb
from tests.support.browser import open_chromium
from tests.support.people import Person, board_url, sign_in_all

if TYPE_CHECKING:
    pass

SECONDS: Final = 60.0
PAGES: Final = 5
MAX_BOARDS: Final = 2000
MAX_CALLS: Final = 600
FILERS: Final = 6
"""Operators whose consoles file the tickets, in turn: each has at most a few commands in the air."""
STATE_SCREENS: Final = 8
"""Of the screens, those of the state and the war room; all others are rooms'."""
_OPERATORS: Final = "\n".join(
    f'[[operator]]\nid = "{which}"\nname = "{which}"\nlanguages = ["hi"]\nskills = ["general"]\n'
    for which in range(FIRST_OPERATOR, FIRST_OPERATOR + FILERS)
)


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=60, help="screens beside calls")
    parser.add_argument("--calls", type=int, default=500, help="calls beside them")
    parser.add_argument("--many", type=int, default=500, help="screens without calls")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for which tickets are filed")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args()
    if not (PAGES < options.boards <= MAX_BOARDS and PAGES < options.many <= MAX_BOARDS):
        parser.error(f"--boards, --many: {PAGES + 1} to {MAX_BOARDS}")
    if not (0 <= options.calls <= MAX_CALLS and 5 <= options.seconds <= 600):
        parser.error(f"--calls: 0 to {MAX_CALLS}; --seconds: 5 to 600")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is ended
    found = _measure(options.boards, options.calls, options.seconds)
    found["many"] = _measure(options.many, 0, options.seconds)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    sys.exit(0 if found["lost"] == found["many"]["lost"] == 0 else 1)


def _measure(boards: int, calls: int, seconds: float) -> dict[str, Any]:
    say(f"starting a stack for {boards} screens and {calls} calls …")
    with open_stack(
        services=("serve", "board"), operators=_OPERATORS, max_calls=calls + 10, reserved=NO_RESERVE
    ) as stack:
        return asyncio.run(_bench(stack, boards, calls, seconds))


async def _bench(stack: LiveStack, boards: int, calls: int, seconds: float) -> dict[str, Any]:
    rooms = [room.id for room in load_places().rooms]
    people = [Person(f"room-{room}", "room", room=room) for room in rooms]
    people += [
        Person(f"operator-{which}", "operator", operator=str(which))
        for which in range(FIRST_OPERATOR, FIRST_OPERATOR + FILERS)
    ]
    people += [Person("warroom", "warroom")]
    cookies = await sign_in_all(stack, people)
    state = [Tab(cookies["warroom"], view) for view in ("state", "warroom")]
    shown = itertools.cycle(Tab(cookies[f"room-{room}"], f"room/{room}") for room in rooms)
    tabs = [
        *itertools.islice(shown, boards - PAGES - STATE_SCREENS),
        *itertools.islice(itertools.cycle(state), STATE_SCREENS),
    ]
    mute = Tab(cookies[f"room-{rooms[0]}"], f"room/{rooms[0]}", mute=True)
    url = board_url(stack)
    board = stack.processes.pid("board")
    async with contextlib.AsyncExitStack() as exits:
        browser = await exits.enter_async_context(open_chromium())
        load = {
            "fast": await first_load(browser, url, cookies[f"room-{rooms[0]}"], f"/room/{rooms[0]}"),
            "slow": await first_load(browser, url, cookies[f"room-{rooms[0]}"], f"/room/{rooms[0]}", slow=True),
        }
        before_tabs_mb = _resident_mb(board)
        fleet = await exits.enter_async_context(opened_tabs(f"ws{url[4:]}/live", url, [*tabs, mute]))
        tabs_mb = _resident_mb(board)
        paged = rooms[:PAGES]
        opened = await exits.enter_async_context(
            pages(browser, url, [cookies[f"room-{room}"] for room in paged], [f"/room/{room}" for room in paged])
        )
        await exits.enter_async_context(calls_beside(stack, calls, seconds))
        used, (busy, there) = cpu_s(board), machine_s()
        filers = [cookies[f"operator-{which}"] for which in range(FIRST_OPERATOR, FIRST_OPERATOR + FILERS)]
        say(f"{TICKETS_PER_S:g} tickets a second for {seconds:g} s …")
        quiet, restarted = await file_tickets(stack, url, filers, seconds)
        used, busy, there = cpu_s(board) - used, machine_s()[0] - busy, machine_s()[1] - there
        doms = [await seen(page) for page in opened]
        told = await fleet.end()
    ticketed = quiet.numbers | restarted.numbers
    changes = sum(len(frames) for frames in told["frames"].values())
    delays, lost = _delays(quiet.numbers, told["came"], tabs)
    _, lost_in_restart = _delays(restarted.numbers, told["came"], tabs)
    dom_ms = [
        (dom[number] - at) * 1000
        for room, dom in zip(paged, doms, strict=True)
        for number, (owner, at) in quiet.numbers.items()
        if owner == room and number in dom
    ]
    slowest = [
        max(came.values()) - at for number, (_, at) in restarted.numbers.items() if (came := told["came"].get(number))
    ]
    say("the same frames from a bare server …")
    floor = await _floor(told["frames"], tabs)
    return {
        "boards": boards,
        "calls": calls,
        "tickets": len(ticketed),
        "refused": sorted(set(quiet.refused + restarted.refused)),
        "lost": lost + lost_in_restart,
        "screen_ms": _two(delays),
        "dom_ms": {**_two(dom_ms), "tickets": len(dom_ms)},
        "changes": changes,
        "frames": told["changes"],
        "cpu_ms_per_change": round(used / max(1, changes) * 1000, 2),
        "cpu_share": round(used / seconds, 3),
        "cpu_ms_per_tab_minute": round(used * 1000 / boards / (seconds / 60), 2),
        "memory_mb": round(peak_mb(board), 1),
        "memory_kb_per_tab": round((tabs_mb - before_tabs_mb) * 1000 / len(tabs), 1),
        "first_load_kb": load["fast"]["kb"],
        "first_paint_ms": load["fast"]["first_paint_ms"],
        "first_paint_slow_ms": load["slow"]["first_paint_ms"],
        "broker_restart": {
            "tickets": len(restarted.numbers),
            "slowest_s": round(max(slowest, default=0), 1),
            "snapshots": told["snapshots"],
        },
        "floor": floor,
        "machine_busy": round(busy / there, 2),
    }


def _delays(
    numbers: dict[str, tuple[str, float]], came: dict[str, dict[str, float]], tabs: list[Tab]
) -> tuple[list[float], int]:
    """How long each ticket took to each screen of its room, in ms, and how many never reached one."""
    delays, lost = [], 0
    for number, (room, at) in numbers.items():
        for which, tab in enumerate(tabs):
            if tab.view != f"room/{room}":
                continue
            arrived = came.get(number, {}).get(str(which))
            if arrived is None:
                lost += 1
            else:
                delays.append((arrived - at) * 1000)
    return delays, lost


async def _floor(frames: dict[str, list[tuple[float, str]]], tabs: list[Tab]) -> dict[str, Any]:
    """Send the recorded frames at their times from a bare server to as many tabs."""
    every = sorted((at, view, text) for view, recorded in frames.items() for at, text in recorded)
    if not every:
        return {}
    sent: dict[str, float] = {}
    async with (
        floor_server() as (server, port),
        opened_tabs(f"ws://127.0.0.1:{port}/", f"http://127.0.0.1:{port}", tabs) as fleet,
    ):
        used, began, first = cpu_s(server.pid), time.time(), every[0][0]
        for at, view, text in every:
            await asyncio.sleep(max(0.0, began + at - first - time.time()))
            frame = json.loads(text)
            if frame["collection"] == "tickets":
                sent.setdefault(frame["key"], time.time())
            server.say(f"{view} {text}")
        await asyncio.sleep(1)
        used = cpu_s(server.pid) - used
        told = await fleet.end()
    delays = [(at - sent[key]) * 1000 for key, came in told["came"].items() if key in sent for at in came.values()]
    return {**_two(delays), "cpu_ms_per_change": round(used / len(every) * 1000, 2)}


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _two(values: list[float]) -> dict[str, float]:
    return {"p50": round(percentile(values, 50), 1), "p99": round(percentile(values, 99), 1)}


if __name__ == "__main__":
    main()

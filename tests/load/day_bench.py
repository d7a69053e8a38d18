"""`make bench-day`: the mix of a real day, N callers at once, then a storm of new calls against the limit.

The same callers and the same storm, with the same keys, sound, legs and limit, go through an equal plain dialplan in
the same run. Prints and
writes JSON with the keys of `make bench` and more, and says of each target whether it was met. Exit code 1 when one
was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table

from agi.destinations.loader import HELPLINES_FILE
from agi.settings import CallSettings
from router.tickets.operator_presence import OperatorPresence
from tests.live.conftest import NO_RESERVE, LiveStack, open_stack
from tests.load.bench import (
    MAX_CALLS,
    RATE_PER_S,
    install_floor,
    say,
    settle,
    tickets_of_rooms,
    work_folder,
)
from tests.load.day_figures import Day, day_figures, targets, with_ticket
from tests.load.far_ends import FarEnd, answering, sign_in_for_others
from tests.load.floor import PROBE_DID, recordings_of
from tests.load.load import Callers, run_load
from tests.load.shares import (
    DAY,
    DIALLED_104,
    LINE_104,
    NIGHT_DID,
    OPERATOR,
    OPERATORS,
    PERSON_S,
    QUEUE,
    SHORTEST_S,
    SOUND_S,
    day_callers,
)
from tests.support.brokers import until
from tests.support.commands import warroom
from tests.support.operators import operator_at
from tests.support.ports import free_ports
from tests.support.trunk_files import LOOPBACK
from warroom.cli.common import open_storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STORM_PER_S: Final = 40.0
STORM_S: Final = 15.0
"""Six hundred calls, most of them refused at once."""
HOLD_S: Final = 300.0

_PORTS: Final = free_ports(2)
_FAR_ENDS: Final = {OPERATORS: ("127.0.2.50", _PORTS[0]), LINE_104: ("127.0.2.104", _PORTS[1])}
_AT: Final = {name: f"{host}:{port}" for name, (host, port) in _FAR_ENDS.items()}
_CALLERS: Final = LOOPBACK.replace("channels = 600", "channels = 2500").replace(
    "dids = {", f'dids = {{ {NIGHT_DID} = "warroom",'
)
_TRUNKS: Final = f"""{_CALLERS}
[[trunk]]
name = "{LINE_104}"
server = "{_AT[LINE_104]}"
channels = 2500
dids = {{ 07552550181 = "181" }}
dials = {{ 104 = "{DIALLED_104}" }}
headers = true
qualify_s = 0
"""
_MORE_OPERATORS: Final = 1.15
"""Times the callers who want one at once: the next caller comes while the last one's telephone is still being freed."""
_PROBES: Final = 1  # its call is a caller too
_LEAVING: Final = 0.02  # share of the callers whose channel is there for a moment after they have said BYE
_CDR_TIMEOUT_S: Final = 60.0  # for the books of calls to be read after the last one


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100, help="callers at once")
    parser.add_argument("--hold", type=float, default=HOLD_S, help="seconds for which they are held")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args()
    if not 1 <= options.calls <= MAX_CALLS or not 1 <= options.hold <= HOLD_S:
        parser.error(f"--calls: 1 to {MAX_CALLS}; --hold: 1 to {HOLD_S:.0f}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is ended
    say("starting a stack of its own …")
    with day_stack(options.calls) as stack, work_folder() as work:
        day = asyncio.run(run_day(stack, work, options.calls, options.hold))
    found = day_figures(day, options.hold)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    sys.exit(0 if _tell(found) else 1)


def day_stack(count: int) -> contextlib.AbstractContextManager[LiveStack]:
    """A stack that lets so many callers in, with operators and a line to 104."""
    wanted = count + _PROBES + math.ceil(count * _LEAVING)
    limit = next(most for most in itertools.count(wanted) if CallSettings(max_calls=most).ordinary >= wanted)
    before, part, after = HELPLINES_FILE.read_text("utf-8").partition("[helpline.warroom]")
    # no room has a telephone: by night there is nobody at the war room's own number
    helplines = before + part + after.replace('operator = ["queue"]', 'operator = ["room"]', 1)
    return open_stack(
        wizard=sign_in_for_others(operator_ids(count)),
        trunks=_TRUNKS,
        helplines=helplines,
        operators=_operators(count),
        max_calls=limit,
        reserved=NO_RESERVE,
    )


def operator_ids(count: int) -> list[str]:
    """Return as many operators as so many callers of the day want at once, and a few more."""
    return [str(1001 + which) for which in range(math.ceil(count * OPERATOR.tenths / 10 * _MORE_OPERATORS) + 2)]


def _operators(count: int) -> str:
    each = (
        f'[[operator]]\nid = "{one}"\nname = "{one}"\nlanguages = ["hi"]\nskills = ["general"]\n'
        for one in operator_ids(count)
    )
    return "\n".join(["[queue]\nwrap_up_s = 0\n", *each])


async def operators_at_work(stack: LiveStack, count: int) -> None:
    """Sign all telephones in at their far end, which must be there, and have all operators take calls."""
    host, port = _FAR_ENDS[OPERATORS]
    for one in operator_ids(count):
        async with operator_at(stack, one, host, contact=f"{host}:{port}"):
            pass
    async with open_storage(stack.data) as store:
        for one in operator_ids(count):
            await OperatorPresence(store).login(one)
    await until(lambda: _free(stack) >= len(operator_ids(count)), seconds=60)


def _free(stack: LiveStack) -> int:
    """How many operators the queue can ring."""
    return stack.asterisk(f"queue show {QUEUE}").count("(Not in use)")


async def run_day(stack: LiveStack, work: Path, count: int, hold_s: float) -> Day:
    """Run the plain dialplan and the day, and wait for the last tickets and the books."""
    waves = Waves(count, hold_s)
    voice, recordings = install_floor(stack, work, DAY, seconds=waves.all_s)
    say(f"{count} callers for {hold_s:.0f} s: {', '.join(f'{share.tenths}0 % {share.name}' for share in DAY)}")
    say("plain dialplan, and a storm against it …")
    async with far_ends(work / "far-floor") as far_floor:
        await operators_at_work(stack, count)
        plain = (waves.day(1, voice, plain=True), PROBE_DID, say, waves.storm(4, voice, plain=True))
        floor = await run_load(stack, work / "floor", *plain)
    kept = sum(len(list(recordings.glob(recordings_of(share)))) for share in DAY)
    say(f"the day, then a storm of {STORM_PER_S:.0f} calls a second …")
    async with far_ends(work / "far-ours") as far, tickets_of_rooms(stack) as tickets:
        ours = await run_load(stack, work / "ours", waves.day(2, voice), PROBE_DID, say, waves.storm(3, voice))
        await settle(tickets, with_ticket(ours))
    both = [floor, ours]
    offered = sum(load.placed for load in both) + _PROBES * len(both)
    books = await _books(stack, offered)
    reached = {name: end.log for name, end in far.items()}
    understood = kept + sum(len(end.log.ended) for end in far_floor.values())
    return Day(floor=floor, ours=ours, understood=understood, far=reached, tickets=tickets, books=books)


@dataclass(frozen=True, slots=True)
class Waves:
    """So many callers at once for so long."""

    count: int
    hold_s: float

    @property
    def per_s(self) -> float:
        """New calls a second: faster than calls end, however many there are."""
        return max(RATE_PER_S, 1.5 * self.count / SHORTEST_S)

    @property
    def all_s(self) -> float:
        """Longer than a wave and a storm."""
        return self._placing_s + 2 * (SOUND_S + STORM_S)

    @property
    def _placing_s(self) -> float:
        return self.count / self.per_s + self.hold_s

    def day(self, wave: int, voice: bytes, *, plain: bool = False) -> Callers:
        """Callers at once, each followed by another one, until the time is over."""
        most = self.count * (2 + int(self._placing_s / SHORTEST_S))
        calls = day_callers(most, wave, voice, plain=plain)
        return Callers(calls, self.per_s, SOUND_S, at_once=self.count, hold_s=self._placing_s)

    def storm(self, wave: int, voice: bytes, *, plain: bool = False) -> Callers:
        """Many calls a second, whether there is room or not."""
        calls = day_callers(round(STORM_PER_S * STORM_S), wave, voice, plain=plain)
        return Callers(calls, STORM_PER_S, SOUND_S)


@contextlib.asynccontextmanager
async def far_ends(work: Path) -> AsyncIterator[dict[str, FarEnd]]:
    """Run the operators' telephones and 104; yields them by name."""
    work.mkdir()
    async with contextlib.AsyncExitStack() as exits:
        yield {
            name: await exits.enter_async_context(answering(work / name, at, talk_s=PERSON_S, which=which))
            for which, (name, at) in enumerate(_FAR_ENDS.items())
        }


async def _books(stack: LiveStack, offered: int) -> dict[str, Any]:
    """Return the figures of all calls and of the queue once all are in the books; after a while, what is there."""
    until = time.monotonic() + _CDR_TIMEOUT_S
    while True:
        rows = json.loads((await warroom(stack.data, "stats", "--json")).out)
        if rows and rows[0]["offered"] >= offered and not rows[0]["without_end"]:
            break
        if time.monotonic() > until:
            break
        await asyncio.sleep(2)
    queues = json.loads((await warroom(stack.data, "stats", "--queues", "--json")).out)
    return (dict(rows[0]) if rows else {}) | {"queue": next((row for row in queues if row["queue"] == QUEUE), {})}


def _tell(found: dict[str, Any]) -> bool:
    """Print whether each target was met; return whether all were."""
    table = Table("Target", "Limit", "Found", "")
    for row in targets(found):
        table.add_row(row.what, row.limit, row.found, "pass" if row.met else "MISS")
    Console().print(table)
    return all(row.met for row in targets(found))


if __name__ == "__main__":
    main()

"""`make bench-recording`: what the recording of a call that is put through costs Asterisk.

N calls at once are bridged to a far end, A-law on both sides, without and with MixMonitor in turns in the same run;
only the time in which all of them speak counts. Prints and writes JSON: Asterisk's CPU seconds for each minute of a
call, and the megabytes on disk. Exit code 1 when a call was not recorded.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from tests.live.conftest import LiveStack, open_stack
from tests.load.usage import cpu_s
from tests.support.ports import free_ports
from tests.support.provider import provider_at
from tests.support.trunk_files import LOOPBACK

if TYPE_CHECKING:
    from tests.support.provider import Provider

FAR_END: Final = "127.0.3.106"
NUMBER: Final = "0755104"
PLAIN, RECORDED = "996", "997"
MOST_CALLS: Final = 200  # their sound comes from this process, which shares the machine with Asterisk
ROUNDS: Final = 2  # of each kind, in turns: a machine that gets slower does so for both

_TRUNK = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{{port}}"
channels = 300
dids = {{{{ 07554000181 = "181" }}}}
qualify_s = 0
"""
_DIALPLAN = """
[did-loopback]
exten => {plain},1,Answer()
 same => n,Dial(PJSIP/{number}@far,20,i)
exten => {recorded},1,Answer()
 same => n,MixMonitor({folder}/bench-${{UNIQUEID}}.wav,b)
 same => n,Dial(PJSIP/{number}@far,20,i)
"""


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10, help="calls at once")
    parser.add_argument("--seconds", type=float, default=8.0, help="measured in each round")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args()
    if not 1 <= options.calls <= MOST_CALLS:
        parser.error(f"--calls: 1 to {MOST_CALLS}")
    (port,) = free_ports(1)
    with open_stack(trunks=LOOPBACK + _TRUNK.format(port=port)) as stack:
        found = asyncio.run(_bench(stack, port, options.calls, options.seconds))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    sys.exit(0 if found["recordings"]["files"] == found["recordings"]["expected"] else 1)


async def _bench(stack: LiveStack, port: int, calls: int, seconds: float) -> dict[str, Any]:
    folder = stack.data / "asterisk-spool"
    dialplan = _DIALPLAN.format(plain=PLAIN, recorded=RECORDED, number=NUMBER, folder=folder)
    (stack.data / "asterisk" / "local" / "extensions.conf").write_text(dialplan)
    await asyncio.to_thread(stack.asterisk, "dialplan reload")
    pid = stack.processes.pid("asterisk")
    used: dict[str, float] = {PLAIN: 0.0, RECORDED: 0.0}
    minutes: dict[str, float] = {PLAIN: 0.0, RECORDED: 0.0}
    async with provider_at(FAR_END, port) as far_end:
        for kind in (PLAIN, RECORDED) * ROUNDS:
            cpu, lasted = await _round(stack, far_end, pid, kind, calls, seconds)
            used[kind] += cpu
            minutes[kind] += calls * lasted / 60
    files = [path.stat().st_size for path in folder.glob("bench-*.wav")]
    plain, recorded = (round(used[kind] / minutes[kind], 4) for kind in (PLAIN, RECORDED))
    return {
        "calls": calls,
        "seconds": seconds,
        "rounds": ROUNDS,
        "cpu_s_per_call_minute": {"plain": plain, "recorded": recorded, "more": round(recorded - plain, 4)},
        "recordings": {
            "expected": calls * ROUNDS,
            "files": sum(size > 1000 for size in files),
            "mb": round(sum(files) / 1e6, 2),
        },
    }


async def _round(
    stack: LiveStack, far_end: Provider, pid: int, kind: str, calls: int, seconds: float
) -> tuple[float, float]:
    """Have calls of a kind up at once; return Asterisk's CPU seconds, and the seconds that was measured."""
    async with contextlib.AsyncExitStack() as exits:
        for index in range(calls):
            call = stack.call(kind, caller=f"98117{index:05}")
            await exits.enter_async_context(call)
            invite = await far_end.rings(NUMBER)
            await exits.enter_async_context(far_end.lifts(invite, stack.sip, stack.matcher))
        await _all_bridged(stack, calls)
        began, before = time.monotonic(), cpu_s(pid)
        await asyncio.sleep(seconds)  # what is measured
        return cpu_s(pid) - before, time.monotonic() - began


async def _all_bridged(stack: LiveStack, calls: int) -> None:
    """Wait until so many bridges have two in them."""
    async with asyncio.timeout(20):
        while (await asyncio.to_thread(stack.asterisk, "bridge show all")).count(" 2 ") < calls:
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    main()

"""`make bench-knee`: how many callers of the day's mix this machine carries before a caller beside them hears it.

Step by step more callers, until the probe's sound suffers, a call fails or the time is over. Writes JSON, and a plot
beside it. Exit code 1 when the first step suffers already.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from tests.load.bench import MAX_CALLS, install_floor, say, work_folder
from tests.load.day_bench import Waves, day_stack, far_ends, operators_at_work
from tests.load.floor import PROBE_DID
from tests.load.knee_plot import plot
from tests.load.load import run_load
from tests.load.shares import DAY

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack
    from tests.load.load import Load

STEPS: Final = (100, 200, 300, 400, 500, 600, 700, 800, 1000)
HOLD_S: Final = 20.0
"""For which the callers of a step are all there: a thousand packets of the probe."""
LATE_MS: Final = 60.0
"""Two packets late: more than a small jitter buffer makes up for."""
MINUTES: Final = 30.0


def main() -> None:
    """Run the steps and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="callers at once, step by step")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes; the plot has its name")
    options = parser.parse_args()
    steps = sorted(options.steps)
    if len(steps) > len(STEPS) or not 1 <= steps[0] <= steps[-1] <= MAX_CALLS:
        parser.error(f"--steps: {len(STEPS)} steps at most, 1 to {MAX_CALLS} callers")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is ended
    with day_stack(steps[-1]) as stack, work_folder() as work:
        rows = asyncio.run(_steps(stack, work, steps))
    most = knee(rows)
    found = {"callers": most, "late_ms": LATE_MS, "steps": rows}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    options.out.with_suffix(".svg").write_text(plot(rows, most), encoding="utf-8")
    Console().print_json(json.dumps(found))
    sys.exit(0 if most else 1)


async def _steps(stack: LiveStack, work: Path, steps: list[int]) -> list[dict[str, Any]]:
    """One step after the other until one suffers."""
    until = time.monotonic() + MINUTES * 60
    voice, _ = install_floor(stack, work, DAY, seconds=Waves(steps[-1], HOLD_S).all_s)
    rows: list[dict[str, Any]] = []
    async with far_ends(work / "far"):
        await operators_at_work(stack, steps[-1])
        for which, count in enumerate(steps, 1):
            waves = Waves(count, HOLD_S)
            if time.monotonic() + waves.all_s > until:
                say(f"{count} callers: no time left")
                break
            say(f"{count} callers …")
            load = await run_load(stack, work / str(count), waves.day(which, voice), PROBE_DID, say)
            rows.append(_row(count, load))
            say(f"  {rows[-1]}")
            if suffers(rows[-1]):
                break
    return rows


def knee(rows: list[dict[str, Any]]) -> int:
    """The most callers whose step did not suffer; 0: none."""
    return max((row["callers"] for row in rows if not suffers(row)), default=0)


def suffers(row: dict[str, Any]) -> bool:
    """Whether somebody could hear the load: sound lost or too late, a call failed or turned away."""
    return bool(row["lost"] or row["gap_p99_ms"] > LATE_MS or row["failed"] or row["refused"])


def _row(count: int, load: Load) -> dict[str, Any]:
    return {
        "callers": count,
        "up": load.log.most_at_once(),
        "channels": load.channels,
        "lost": load.probe.lost,
        "jitter_ms": round(load.probe.jitter_mean_ms, 2),
        "gap_p99_ms": round(load.probe.gap_p99_ms, 1),
        "cores_busy": round(load.busiest, 2),
        "failed": load.failed,
        "refused": len(load.log.refused),
    }


if __name__ == "__main__":
    main()

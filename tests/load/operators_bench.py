"""`make bench-operators N=200`: N callers spoken with at once, each ticket filed at the operator's console.

N operators' telephones and consoles are signed in; N callers ask for a person, are put through, speak for a while and
are hung up by the operator; each console files a ticket through the page's own frames. The same callers are put
through to the same telephones by a plain dialplan's queue: the floor. Then more and more, until this machine is full.
Prints and writes JSON with stable keys. Exit code 1 when a caller was lost at the number asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from router.tickets.operator_presence import OperatorPresence
from tests.live.conftest import NO_RESERVE, LiveStack, open_stack
from tests.load.bench import install_floor, say, work_folder
from tests.load.board_fleet import Helper, helper
from tests.load.caller_sound import make_sound
from tests.load.far_ends import answering, sign_in_for_others
from tests.load.floor import PROBE_DID
from tests.load.load import Caller, Callers, Load, run_load
from tests.load.probe import percentile
from tests.load.shares import OPERATOR, PERSON_S, QUEUE, SOUND_S, floor_did
from tests.support.brokers import until
from tests.support.operators import operator_at
from tests.support.people import Person, board_url, sign_in_all
from tests.support.ports import free_ports
from tests.support.trunk_files import LOOPBACK
from warroom.cli.common import open_storage

if TYPE_CHECKING:
    from tests.load.sipp import CallLog

MAX_OPERATORS: Final = 1000
RATE_PER_S: Final = 10.0
"""New callers a second: all of 400 are spoken with before the first is hung up."""
FILE_AFTER_S: Final = 20.0
"""The issue's limit for a ticket by keyboard."""
EARLY_S: Final = 1.0
"""A call may be on the screen before SIPp logs the INVITE, by no more than this."""
POP_LIMIT_MS: Final = 1000.0
"""From the telephone's ring to the screen, 99 of 100."""
STEP: Final = 1.25
"""Times the operators of the last run that lost nobody, in the search for the most."""
_AT: Final = ("127.0.2.50", *free_ports(1))
_FIRST: Final = 1001
_SPARE: Final = 1.05
"""Operators for each caller: a telephone is still being freed while the next caller comes."""


@dataclass(frozen=True, slots=True)
class Run:
    """One load through the queue.

    Attributes:
        load: The callers.
        far: The operators' telephones.
        rings: When each operator's telephone rang.
        told: What the consoles saw; nothing for the plain dialplan.
    """

    load: Load
    far: CallLog
    rings: list[tuple[str, float]]
    told: dict[str, Any]

    @property
    def attended_minutes(self) -> float:
        """Minutes that operators spoke with callers, all together."""
        return sum(ended - self.far.answered[one] for one, ended in self.far.ended.items()) / 60


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operators", type=int, default=200, help="operators, and callers at once")
    parser.add_argument("--most", type=int, default=0, help="go on up to so many; 0: only as many as asked for")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args()
    if not 1 <= options.operators <= MAX_OPERATORS or options.most > MAX_OPERATORS:
        parser.error(f"--operators, --most: up to {MAX_OPERATORS}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is ended
    found = measure(options.operators, floor=True)
    found["steps"] = [_step(found)]
    count, carried = options.operators, _carried(found)
    while carried and (count := round(count * STEP)) <= options.most:
        more = measure(count, floor=False)
        found["steps"].append(_step(more))
        carried = _carried(more)
    found["most"] = max((step["operators"] for step in found["steps"] if step["carried"]), default=0)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    sys.exit(0 if found["attended"]["lost"] == 0 else 1)


def measure(count: int, *, floor: bool) -> dict[str, Any]:
    """Run so many operators on a stack of their own."""
    say(f"starting a stack for {count} operators …")
    with (
        open_stack(
            services=("serve", "board"), trunks=LOOPBACK.replace("channels = 600", "channels = 2500"),
            wizard=sign_in_for_others(_ids(count)), operators=_operators(count), max_calls=count + 20,
            reserved=NO_RESERVE,
        ) as stack,
        work_folder() as work,
    ):  # fmt: skip
        return asyncio.run(_bench(stack, work, count, floor=floor))


def _ids(count: int) -> list[str]:
    return [str(_FIRST + which) for which in range(round(count * _SPARE) + 1)]


def _operators(count: int) -> str:
    each = (
        f'[[operator]]\nid = "{one}"\nname = "{one}"\nlanguages = ["hi"]\nskills = ["general"]\n' for one in _ids(count)
    )
    return "\n".join(["[queue]\nwrap_up_s = 0\n", *each])


async def _bench(stack: LiveStack, work: Path, count: int, *, floor: bool) -> dict[str, Any]:
    voice, _ = install_floor(stack, work, [OPERATOR], seconds=count / RATE_PER_S + 2 * SOUND_S)
    sound = make_sound(SOUND_S, OPERATOR.presses, voice)
    cookies = await sign_in_all(stack, [Person(f"operator-{one}", "operator", operator=one) for one in _ids(count)])
    plain = None
    async with answering(work / "far-floor", _AT, talk_s=PERSON_S) as far:
        await _at_work(stack, count)
        if floor:
            say(f"{count} callers through a plain dialplan …")
            load = await run_load(
                stack, work / "floor", _callers(count, "1", floor_did(OPERATOR), sound), PROBE_DID, say
            )
            plain = Run(load, far.log, far.rings, {})
    async with answering(work / "far-ours", _AT, talk_s=PERSON_S) as far, helper("board_consoles") as consoles:
        await _open(consoles, stack, {one: cookies[f"operator-{one}"] for one in _ids(count)})
        say(f"{count} callers through the queue, {len(cookies)} consoles …")
        load = await run_load(stack, work / "ours", _callers(count, "2", "181", sound), PROBE_DID, say)
        ours = Run(load, far.log, far.rings, await consoles.end())
    return _figures(count, ours, plain)


async def _open(consoles: Helper, stack: LiveStack, cookies: dict[str, str]) -> None:
    url = board_url(stack)
    job = {"url": f"ws{url[4:]}/live", "origin": url, "consoles": cookies, "file_after_s": FILE_AFTER_S}
    consoles.say(json.dumps(job))
    await consoles.line()


def _callers(count: int, wave: str, did: str, sound: Any) -> Callers:
    callers = [Caller(f"96{wave}{which:07}", did, sound) for which in range(count)]
    return Callers(callers, RATE_PER_S, SOUND_S)


async def _at_work(stack: LiveStack, count: int) -> None:
    """Sign all telephones in at their far end, which must be there, and have all operators take calls."""
    host, port = _AT
    for one in _ids(count):
        async with operator_at(stack, one, host, contact=f"{host}:{port}"):
            pass
    async with open_storage(stack.data) as store:
        for one in _ids(count):
            await OperatorPresence(store).login(one)
    await until(lambda: _free(stack) >= len(_ids(count)), seconds=60)


def _free(stack: LiveStack) -> int:
    """How many operators the queue can ring."""
    return stack.asterisk(f"queue show {QUEUE}").count("(Not in use)")


def _figures(count: int, ours: Run, plain: Run | None) -> dict[str, Any]:
    pops, unseen = pop_ms(ours.rings, ours.told["shown"])
    minutes = max(ours.attended_minutes, 1e-9)
    cpu = {part: seconds / minutes for part, seconds in ours.load.cpu.items()}
    floor = plain.load.cpu["asterisk"] / max(plain.attended_minutes, 1e-9) if plain else None
    spoken, filed = len(ours.far.answered), len(ours.told["filed"])
    return {
        "operators": count,
        "attended": {
            "concurrent": ours.far.most_at_once(),
            "callers": count,
            "spoken_with": spoken,
            "lost": count - spoken + ours.load.failed + len(ours.load.log.refused),
            "minutes": round(minutes, 1),
        },
        "tickets": {"filed": filed, "lost": spoken - filed, "refused": sorted(set(ours.told["refused"]))},
        "pop_ms": {**_two(pops), "unseen": unseen},
        "file_ms": _two(ours.told["reply_ms"]),
        "cpu_s_per_attended_minute": {
            "ours": round(sum(seconds for part, seconds in cpu.items() if part != "asterisk"), 4),
            "asterisk": round(cpu["asterisk"], 4),
            "floor": round(floor, 4) if floor is not None else None,
            "serve": round(cpu["serve"], 4),
            "broker": round(cpu["broker"], 4),
            "board": round(cpu["board"], 4),
        },
        "channels": ours.load.channels,
        "busiest": round(ours.load.busiest, 2),
        "others_cpu_s": round(ours.load.others_cpu_s, 1),
        "tools_cpu_s": round(ours.load.tools_cpu_s, 1),
        "probe": {"lost": ours.load.probe.lost, "gap_p99_ms": round(ours.load.probe.gap_p99_ms, 1)},
    }


def pop_ms(rings: list[tuple[str, float]], shown: dict[str, list[float]]) -> tuple[list[float], int]:
    """From each ring of a telephone (its INVITE) to its call on the operator's screen, and how many never came there.

    A call that was on the screen before counts 0.
    """
    found, unseen = [], 0
    times: dict[str, list[float]] = {}
    for operator, at in rings:
        times.setdefault(operator, []).append(at)
    for operator, rung in times.items():
        screens = sorted(shown.get(operator, ()))
        for at, following in zip(sorted(rung), [*sorted(rung)[1:], float("inf")], strict=True):
            there = [when for when in screens if at - EARLY_S <= when < following - EARLY_S]
            if there:
                found.append(max(0.0, (there[0] - at) * 1000))
            else:
                unseen += 1
    return found, unseen


def _step(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "operators": found["operators"],
        "concurrent": found["attended"]["concurrent"],
        "lost": found["attended"]["lost"] + found["tickets"]["lost"],
        "pop_ms": found["pop_ms"],
        "busiest": found["busiest"],
        "carried": _carried(found),
    }


def _carried(found: dict[str, Any]) -> bool:
    """Whether nobody was lost and the screens were in time."""
    lost = found["attended"]["lost"] + found["tickets"]["lost"] + found["pop_ms"]["unseen"]
    return bool(lost == 0 and found["pop_ms"]["p99"] <= POP_LIMIT_MS)


def _two(values: list[float]) -> dict[str, float]:
    return {"p50": round(percentile(values, 50), 1), "p99": round(percentile(values, 99), 1)}


if __name__ == "__main__":
    main()

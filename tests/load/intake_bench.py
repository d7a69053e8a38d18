"""`make bench-intake`: webhooks of WhatsApp beside calls, with `kill -9` of the api process and of the broker.

Fifty webhooks a second for a minute from another process, each of a person of its own, beside 300 callers in
conversations. One in five tells a danger to life and becomes a ticket at once, the others greet and are answered; one
in ten comes twice in parallel. After a third of the time `api` is killed, after two thirds the broker. Every webhook
is posted again until it is answered 200, as Meta does. Then as many webhooks a second go to a bare application that
commits each body: the floor. Prints and writes JSON with stable keys. Exit code 1 when anything is lost or doubled.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import signal
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from router.geo import load_places
from tests.live.conftest import NO_RESERVE, LiveStack, open_stack
from tests.load.bench import say, tickets_of_rooms, work_folder
from tests.load.calls_beside import calls_beside, channels_up
from tests.load.probe import percentile
from tests.load.usage import cpu_s, machine_s
from tests.support.brokers import until
from tests.support.whatsapp_webhooks import ACCOUNT, SECRET, body_of, signed, text, value
from warroom.config.secrets import WHATSAPP_APP, write_secret
from warroom.services.whatsapp import SECRETS_AGE_S

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Iterable

RATE_PER_S: Final = 50.0
SECONDS: Final = 60.0
FLOOR_SECONDS: Final = 15.0
_DANGER_EVERY: Final = 5
_TWICE_EVERY: Final = 10
_DRAIN_S: Final = 120.0
_DISTRICTS: Final = tuple(load_places().districts.values())


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="calls beside the webhooks")
    parser.add_argument("--rate", type=float, default=RATE_PER_S, help="webhooks a second")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for how long")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args()
    if not (0 <= options.calls <= 600 and 1 <= options.rate <= 500 and 6 <= options.seconds <= 600):
        parser.error("--calls: 0 to 600; --rate: 1 to 500; --seconds: 6 to 600")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is ended
    say("starting a stack of its own …")
    with open_stack(
        services=("serve", "api"),
        further=f'[whatsapp]\nphone_number_ids = ["{ACCOUNT}"]\n',
        max_calls=options.calls + 10,
        reserved=NO_RESERVE,
    ) as stack:
        write_secret(stack.data, WHATSAPP_APP, SECRET)
        found = asyncio.run(_bench(stack, options.calls, options.rate, options.seconds))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    sys.exit(0 if found["lost"] == found["doubled"] == 0 else 1)


async def _bench(stack: LiveStack, calls: int, rate: float, seconds: float) -> dict[str, Any]:
    count = round(rate * seconds)
    danger = {f"+91{_number(which)}" for which in range(count) if which % _DANGER_EVERY == 0}
    async with contextlib.AsyncExitStack() as exits:
        work = exits.enter_context(work_folder())
        await exits.enter_async_context(calls_beside(stack, calls, seconds + FLOOR_SECONDS + 30))
        there = channels_up(stack)
        await asyncio.sleep(2 * SECRETS_AGE_S)  # the secret is in force
        say(f"{count} webhooks, {rate:g} a second; {there} channels are up …")
        busy, whole = machine_s()
        url = f"http://127.0.0.1:{stack.settings.api.port}/whatsapp/webhook"
        sender = await _send(url, work / "ours", _plan(range(count), rate))
        kills = await _kill(stack, rate, seconds)
        sent = await _result(sender, work / "ours")
        answered_all = time.monotonic()
        busy, whole = machine_s()[0] - busy, machine_s()[1] - whole
        drained = asyncio.create_task(_drained(stack))
        say("the same from a bare application, beside the same calls …")
        floor = await _floor(work, rate)
        say("waiting until all is worked off …")
        drained_s = await drained - answered_all
    async with tickets_of_rooms(stack) as published:
        with contextlib.suppress(TimeoutError):
            await until(lambda: danger <= published.keys(), seconds=_DRAIN_S)
        at_rooms = len(danger & published.keys())
    stored, tickets = _stored(stack), _tickets(stack)
    answers = [tuple(answer) for answer in sent["answers"]]
    good = [(at, ms) for at, ms, code in answers if code == 200]
    return {
        "rate_per_s": rate,
        "seconds": seconds,
        "calls": calls,
        "channels": there,
        "webhook_ms": _two(ms for _, ms in good),
        "webhook_ms_before_the_kills": _two(ms for at, ms in good if at < seconds / 3 - 1),
        "webhook_ms_around_the_brokers_kill": _two(ms for at, ms in good if at > seconds * 2 / 3 - 1),
        "posted": len(answers),
        "answers": {str(code or "none"): number for code, number in Counter(code for *_, code in answers).items()},
        "sent": count,
        "stored": stored,
        "tickets": len(tickets),
        "tickets_at_rooms": at_rooms,
        "lost": (count - stored) + len(danger - tickets.keys()) + (len(danger) - at_rooms),
        "doubled": sum(number - 1 for number in tickets.values()),
        "worked_off_s": round(max(0.0, drained_s), 1),
        **kills,
        "floor": floor,
        "machine_busy": round(busy / whole, 2),
    }


def _number(which: int) -> str:
    return f"70{which:08d}"


def _plan(people: Iterable[int], rate: float) -> str:
    """Return the lines for the sender: when, the signature, the body; some of them twice."""
    lines, now = [], str(int(time.time()))
    for which in people:
        district = _DISTRICTS[which % len(_DISTRICTS)]
        danger = which % _DANGER_EVERY == 0
        words = f"आग लगी है, लोग फँसे हैं, {district.name_hi}" if danger else "नमस्ते, मुझे मदद चाहिए"
        body = body_of(value(text(words, number=f"91{_number(which)}", timestamp=now)))
        line = f"{which / rate:.3f} {signed(body)['X-Hub-Signature-256']} {body.decode('ascii')}"
        lines += itertools.repeat(line, 2 if which % _TWICE_EVERY == 0 else 1)
    return "\n".join(lines) + "\n"


async def _send(url: str, work: Path, plan: str) -> Process:
    work.mkdir()
    (work / "plan").write_text(plan, "ascii")
    process = await _start("intake_sender", url, str(work / "plan"), str(work / "result"))
    await _line(process)
    return process


async def _start(module: str, *arguments: str) -> Process:
    argv = (sys.executable, "-m", f"tests.load.{module}", *arguments)
    return await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)


async def _line(process: Process) -> bytes:
    assert process.stdout
    return await process.stdout.readline()


async def _result(process: Process, work: Path) -> dict[str, Any]:
    await process.wait()
    found: dict[str, Any] = json.loads((work / "result").read_text())
    return found


async def _kill(stack: LiveStack, rate: float, seconds: float) -> dict[str, float]:
    """Kill `api` after a third of the time and the broker after two, and start each again at once."""
    begun = cpu_s(stack.processes.pid("api"))
    await asyncio.sleep(seconds / 3)
    used = (cpu_s(stack.processes.pid("api")) - begun) / (rate * seconds / 3)
    say("kill -9 api …")
    at = time.monotonic()
    stack.processes.stop("api", signal.SIGKILL)
    await asyncio.to_thread(stack.processes.start_service, "api")
    away_s = time.monotonic() - at
    await asyncio.sleep(max(0.0, seconds / 3 - away_s))
    say("kill -9 broker …")
    stack.processes.stop("broker", signal.SIGKILL)
    stack.processes.start("broker")
    return {"cpu_ms_per_webhook": round(used * 1000, 2), "api_away_s": round(away_s, 1)}


async def _drained(stack: LiveStack) -> float:
    """Wait until every message is worked off; return when that was."""
    with contextlib.suppress(TimeoutError):
        await until(lambda: _waiting(stack) == 0, seconds=_DRAIN_S)
    return time.monotonic()


async def _floor(work: Path, rate: float) -> dict[str, float]:
    server = await _start("intake_floor", str(work / "floor.sqlite"))
    try:
        url, used = f"http://127.0.0.1:{int(await _line(server))}/", cpu_s(server.pid)
        plan = _plan(range(round(rate * FLOOR_SECONDS)), rate)
        sent = await _result(await _send(url, work / "floor", plan), work / "floor")
        used = cpu_s(server.pid) - used
    finally:
        server.kill()
        await server.wait()
    answered = [ms for _, ms, code in sent["answers"] if code == 200]
    return {**_two(answered), "cpu_ms_per_webhook": round(used * 1000 / max(1, len(answered)), 2)}


def _query(stack: LiveStack, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(f"file:{stack.layout.store}?mode=ro", uri=True)) as store:
        return store.execute(query).fetchall()


def _waiting(stack: LiveStack) -> int:
    query = "SELECT count(*) FROM chat_in WHERE state = 'waiting' AND kind != 'timeout'"
    return int(_query(stack, query)[0][0])


def _stored(stack: LiveStack) -> int:
    return int(_query(stack, "SELECT count(*) FROM chat_in WHERE kind != 'timeout'")[0][0])


def _tickets(stack: LiveStack) -> Counter[str]:
    """How many tickets each person has."""
    documents = (json.loads(row[0]) for row in _query(stack, "SELECT document FROM tickets WHERE phone LIKE '+9170%'"))
    return Counter(document["phone"] for document in documents if document["channel"] == "whatsapp")


def _two(values: Iterable[float]) -> dict[str, float]:
    found = list(values)
    return {"p50": round(percentile(found, 50), 1), "p99": round(percentile(found, 99), 1)}


if __name__ == "__main__":
    main()

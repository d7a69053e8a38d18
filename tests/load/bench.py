"""`make bench`: N callers at once through a real conversation to a ticket, and through an equal plain dialplan.

Prints and writes JSON with stable keys. The plain dialplan plays the same prompts, asks for the same keys and records
the same seconds in the same run: absolute times differ from machine to machine, the ratio to it does not.
Exit code 1 when a call failed or a ticket was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from agi.prompts.build import spoken_alaw
from tests.live.conftest import NO_RESERVE, LiveStack, open_stack
from tests.load.caller_sound import make_sound
from tests.load.figures import figures, good
from tests.load.floor import PROBE_DID, floor_dialplan, recordings_of
from tests.load.load import Caller, Callers, run_load
from tests.load.shares import SOUND_S, TICKET, floor_did
from tests.support.faults import as_router
from warroom.config.paths import PROMPT_CACHE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from tests.load.caller_sound import CallerSound
    from tests.load.shares import Share

RATE_PER_S = 12.5  # 500 callers are up within 40 s, before the first hangs up
SPEECH = "गाँव बैरसिया। पंचायत भवन के पास। हम पाँच लोग हैं।"
SETTLE_S = 30.0  # for the last tickets to reach the room after the last call
MAX_CALLS = 2000


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100, help="callers at once")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args()
    if not 1 <= options.calls <= MAX_CALLS:
        parser.error(f"--calls: 1 to {MAX_CALLS}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is ended
    say("starting a stack of its own …")
    with open_stack(max_calls=options.calls + 10, reserved=NO_RESERVE) as stack:
        found = asyncio.run(_bench(stack, options.calls))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    sys.exit(0 if good(found) else 1)


def say(line: str) -> None:
    """Tell how far we are."""
    Console(stderr=True).print(line, highlight=False)


async def _bench(stack: LiveStack, count: int) -> dict[str, Any]:
    with work_folder() as work:
        voice, recordings = install_floor(stack, work, [TICKET], seconds=count / RATE_PER_S + 2 * SOUND_S)
        sound = make_sound(SOUND_S, TICKET.presses, voice)
        keys = ", ".join(f"{press.keys} at {press.at_s:g} s" for press in TICKET.presses)
        say(f"{count} callers, {RATE_PER_S:g} new a second, sound both ways all the time; keys {keys}")
        say("plain dialplan …")
        floor = await run_load(stack, work / "floor", _callers(count, "8", floor_did(TICKET), sound), PROBE_DID, say)
        understood = len(list(recordings.glob(recordings_of(TICKET))))
        say("conversation to a ticket …")
        async with tickets_of_rooms(stack) as tickets:
            ours = await run_load(stack, work / "ours", _callers(count, "9", "181", sound), PROBE_DID, say)
            await settle(tickets, ours.sipp.log.answered)
        conversation = {"rate_per_s": RATE_PER_S, "keys": [[press.at_s, press.keys] for press in TICKET.presses]}
        callers = set(ours.answered)
        return figures(conversation, floor, understood, ours, tickets, expected=callers, timed=callers)


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """Yield a folder that Asterisk can read, and remove it."""
    with tempfile.TemporaryDirectory(prefix="warroom-bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def install_floor(stack: LiveStack, work: Path, shares: Iterable[Share], seconds: float) -> tuple[bytes, Path]:
    """Give the exchange the plain dialplan and the probe's long sound; return the callers' voice, and where it records.

    Args:
        stack: The exchange.
        work: A folder that Asterisk can read.
        shares: Who calls.
        seconds: How long the probe call may last.
    """
    voice = spoken_alaw(SPEECH, "hi", PROMPT_CACHE)
    (work / "probe.alaw").write_bytes(voice * (int(seconds * 8000 / len(voice)) + 1))
    recordings = stack.data / "asterisk-spool"
    dialplan = floor_dialplan(shares, stack.layout.prompts / "hi", recordings, work / "probe")
    local = stack.data / "asterisk" / "local"
    local.mkdir(exist_ok=True)
    local.chmod(0o755)
    (local / "extensions.conf").write_text(dialplan, encoding="utf-8")
    (local / "extensions.conf").chmod(0o644)
    stack.asterisk("dialplan reload")
    return voice, recordings


def _callers(count: int, first: str, did: str, sound: CallerSound) -> Callers:
    """Fresh numbers: nobody has called before."""
    calls = [Caller(f"{first}{800000000 + index}", did, sound) for index in range(count)]
    return Callers(calls, RATE_PER_S, SOUND_S)


@contextlib.asynccontextmanager
async def tickets_of_rooms(stack: LiveStack) -> AsyncIterator[dict[str, tuple[float, dict[str, Any]]]]:
    """Yield the tickets of all rooms as they come: telephone -> (when it came, the ticket)."""
    tickets: dict[str, tuple[float, dict[str, Any]]] = {}
    connected = asyncio.Event()

    async def gather() -> None:
        async with as_router(stack) as client:
            await client.subscribe(f"{stack.settings.router.broker.topic_root}/rooms/+/tickets/#", qos=1)
            connected.set()
            async for message in client.messages:
                if isinstance(message.payload, bytes) and message.payload:
                    ticket = json.loads(message.payload)["data"]
                    tickets.setdefault(ticket["phone"], (time.time(), ticket))

    task = asyncio.create_task(gather())
    try:
        async with asyncio.timeout(SETTLE_S):
            await connected.wait()
        yield tickets
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settle(tickets: dict[str, Any], callers: Iterable[str]) -> None:
    """Wait until each of these callers has a ticket, or until there is no more hope."""
    wanted = {f"+91{caller}" for caller in callers}
    until = time.monotonic() + SETTLE_S
    while not wanted <= tickets.keys() and time.monotonic() < until:
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    main()

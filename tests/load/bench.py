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
from router.broker.room_client import watch_room
from tests.live.conftest import House, open_house
from tests.load.caller_sound import Press, make_sound
from tests.load.figures import figures, good
from tests.load.floor import FLOOR_DID, PROBE_DID, RECORDINGS, floor_dialplan
from tests.load.load import Callers, run_load
from warroom.layout import PROMPT_CACHE
from warroom.secret_files import mqtt_room, read_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.load.caller_sound import CallerSound

_RATE_PER_S = 12.5  # 500 callers are up within 40 s, before the first hangs up
_SOUND_S = 110.0  # longer than a call: its end is the exchange's BYE
_SPEECH = "गाँव बैरसिया। पंचायत भवन के पास। हम पाँच लोग हैं।"
_ROOM = "district-bhopal"
_PIN = "462001"
_SETTLE_S = 30.0  # for the last tickets to reach the room after the last call
_MAX_CALLS = 2000

#: The fixed conversation: when the caller presses what. Every key interrupts the prompt then playing. Two seconds
#: and more lie between the end of one answer and the next: nobody presses before a question has begun.
_PRESSES = [
    Press(3.0, "1"),  # food and water
    Press(6.0, "1"),  # ration
    Press(9.0, f"{_PIN}#"),  # until 10.8 s
    Press(14.0, "1"),  # Bhopal is right
    Press(17.0, "1"),  # call me back on this number
    Press(42.0, "#"),  # eight seconds and more after the beep: name and place have been said
]
#: Then the number twice, "anything else?", no key, good-bye: the exchange hangs up.


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100, help="callers at once")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args()
    if not 1 <= options.calls <= _MAX_CALLS:
        parser.error(f"--calls: 1 to {_MAX_CALLS}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is ended
    say("starting a stack of its own …")
    with open_house(max_calls=options.calls + 10) as house:
        found = asyncio.run(_bench(house, options.calls))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    sys.exit(0 if good(found) else 1)


def say(line: str) -> None:
    """Tell how far we are."""
    Console(stderr=True).print(line, highlight=False)


async def _bench(house: House, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="warroom-bench-", dir="/var/tmp") as folder:
        work = Path(folder)
        work.chmod(0o755)  # Asterisk plays the probe's sound from here
        sound, recordings = install_conversation(house, work, seconds=count / _RATE_PER_S + 2 * _SOUND_S)
        keys = ", ".join(f"{press.keys} at {press.at_s:g} s" for press in _PRESSES)
        say(f"{count} callers, {_RATE_PER_S:g} new a second, sound both ways all the time; keys {keys}")
        say("plain dialplan …")
        callers = Callers(_numbers(count, "8"), sound, _RATE_PER_S, _SOUND_S)
        floor = await run_load(house, work / "floor", FLOOR_DID, callers, PROBE_DID, say)
        understood = len(list(recordings.glob(RECORDINGS)))
        say("conversation to a ticket …")
        callers = Callers(_numbers(count, "9"), sound, _RATE_PER_S, _SOUND_S)
        async with _tickets(house) as tickets:
            ours = await run_load(house, work / "ours", "181", callers, PROBE_DID, say)
            await _settle(tickets, count)
        conversation = {"rate_per_s": _RATE_PER_S, "keys": [[press.at_s, press.keys] for press in _PRESSES]}
        return figures(conversation, count, floor, understood, ours, tickets)


def install_conversation(house: House, work: Path, seconds: float) -> tuple[CallerSound, Path]:
    """Give the exchange what a load needs; return what each caller sends, and where the plain dialplan records.

    Args:
        house: The exchange.
        work: A folder that Asterisk can read.
        seconds: How long the probe call may last.
    """
    voice = spoken_alaw(_SPEECH, "hi", PROMPT_CACHE)
    return make_sound(_SOUND_S, _PRESSES, voice), _install_floor(house, work, voice, seconds)


def _install_floor(house: House, work: Path, voice: bytes, seconds: float) -> Path:
    """Give the exchange the plain dialplan and the long sound of the probe call; return where it records."""
    (work / "probe.alaw").write_bytes(voice * (int(seconds * 8000 / len(voice)) + 1))
    recordings = house.data / "asterisk-spool"
    dialplan = floor_dialplan(house.layout.prompts / "hi", recordings, work / "probe", _PIN)
    local = house.data / "asterisk" / "local"
    local.mkdir(exist_ok=True)
    local.chmod(0o755)
    (local / "extensions.conf").write_text(dialplan, encoding="utf-8")
    (local / "extensions.conf").chmod(0o644)
    house.asterisk("dialplan reload")
    return recordings


def _numbers(count: int, first: str) -> list[str]:
    """Fresh numbers: nobody has called before."""
    return [f"{first}{800000000 + index}" for index in range(count)]


@contextlib.asynccontextmanager
async def _tickets(house: House) -> AsyncIterator[dict[str, tuple[float, dict[str, Any]]]]:
    """Yield the room's tickets as they come: telephone -> (when it came, the ticket)."""
    tickets: dict[str, tuple[float, dict[str, Any]]] = {}
    connected = asyncio.Event()
    password = read_secret(house.data, mqtt_room(_ROOM))

    async def gather() -> None:
        watch = watch_room(house.settings.router.broker, _ROOM, password, client="bench", connected=connected)
        async for ticket in watch:
            if ticket.event is not None:
                tickets.setdefault(ticket.event["data"]["phone"], (time.time(), ticket.event["data"]))

    task = asyncio.create_task(gather())
    try:
        async with asyncio.timeout(_SETTLE_S):
            await connected.wait()
        yield tickets
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _settle(tickets: dict[str, Any], count: int) -> None:
    until = time.monotonic() + _SETTLE_S
    while len(tickets) < count and time.monotonic() < until:
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    main()

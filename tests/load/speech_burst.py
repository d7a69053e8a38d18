"""500 messages end within a minute while 100 calls are up: what becomes of them, and of the calls."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from recordings.transcription.transcriber import IN_HAND, worker_count
from router.model.calls.recording_record import RecordingState
from tests.load.bench import install_floor
from tests.load.caller_sound import make_sound
from tests.load.floor import PROBE_DID
from tests.load.load import Caller, Callers, run_load
from tests.load.shares import SOUND_S, TICKET
from tests.load.usage import peak_mb
from tests.support.speech import wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.conftest import LiveStack
    from tests.load.load import Load
    from tests.load.speech_sound import Message

_MESSAGES, _CALLS = 500, 100
_WITHIN_S = 60.0
_RATE_PER_S = 12.5
_CALL_S = 110.0
_BEGIN_S = 10.0  # all calls are up then
_DRAIN_S = 240.0
_HEALTH_EACH = 5  # every fifth message is the health line's, which comes first


class Told(NamedTuple):
    """What the store says of a message's transcription.

    Attributes:
        priority: 1 first.
        since: When it waited at the latest; the store keeps the second in which it began.
        ended: When its text was on its ticket.
    """

    priority: int
    since: datetime
    ended: datetime


async def burst(stack: LiveStack, work: Path, messages: list[Message], say: Callable[[str], None]) -> dict[str, Any]:
    """Return ``burst`` and ``worker_mb`` as the bench writes them."""
    voice, _ = install_floor(stack, work, [TICKET], seconds=_CALLS / _RATE_PER_S + 2 * _CALL_S)
    sound = make_sound(SOUND_S, TICKET.presses, voice)
    say(f"{_CALLS} callers without messages …")
    alone = await _calls(stack, work / "alone", sound, "8", say)
    say(f"{_CALLS} callers, and {_MESSAGES} messages that end within a minute …")
    both, names = await asyncio.gather(_calls(stack, work / "both", sound, "9", say), _leave_messages(stack, messages))
    say("the rest of the messages …")
    await _drained(stack)
    rows = _rows(stack, names)
    worker = _worker(stack.processes.pid("transcribe"))
    return {
        "burst": {
            "messages": _MESSAGES,
            "lost": _MESSAGES - sum(_is_safe(stack, row) for row in rows),
            "priority_inversions": inversions(_told(stack), IN_HAND * worker_count(0)),
            "probe_jitter_ratio": round(both.probe.jitter_mean_ms / alone.probe.jitter_mean_ms, 3),
            "probe_jitter_ms": [round(load.probe.jitter_mean_ms, 3) for load in (alone, both)],
            "probe_lost": [load.probe.lost for load in (alone, both)],
            "calls": _CALLS,
            "calls_failed": [load.sipp.failed for load in (alone, both)],
            "others_cpu_s": [round(load.others_cpu_s, 1) for load in (alone, both)],
        },
        "worker_mb": round(peak_mb(worker), 1),
    }


def inversions(told: list[Told], in_hand: int) -> int:
    """Count the messages that were taken while a more urgent one was waiting that was taken only later.

    Messages are taken in the order in which they end, and with so many in hand one is taken as soon as the one that
    ended so many before it has ended; exact for one worker.
    """
    order = sorted(told, key=lambda each: each.ended)
    found = 0
    for at, message in enumerate(order[in_hand:], in_hand):
        taken = order[at - in_hand].ended
        found += any(other.priority < message.priority and other.since < taken for other in order[at + 1 :])
    return found


async def _calls(stack: LiveStack, work: Path, sound: Any, first: str, say: Callable[[str], None]) -> Load:
    calls = [Caller(f"{first}{700000000 + index}", "181", sound) for index in range(_CALLS)]
    return await run_load(stack, work, Callers(calls, _RATE_PER_S, _CALL_S), PROBE_DID, say)


async def _leave_messages(stack: LiveStack, messages: list[Message]) -> list[str]:
    """Put messages into the spool as the dialplan does: the caller's number, and the sound, ended by a rename."""
    sounds = [wav(message.samples) for message in messages]
    names = []
    await asyncio.sleep(_BEGIN_S)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(_MESSAGES):
        helpline = "104" if number % _HEALTH_EACH == 0 else "181"
        at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"{at}-burst.{number}-{helpline}-hi"
        await asyncio.to_thread(_leave, stack.layout.incoming, name, number, sounds[number % len(sounds)])
        names.append(f"{name}.wav")
        await asyncio.sleep(max(0.0, began + (number + 1) * _WITHIN_S / _MESSAGES - loop.time()))
    return names


def _leave(incoming: Path, name: str, number: int, sound: bytes) -> None:
    note, draft = incoming / f"{name}.caller", incoming / f"{name}.draft"  # made here they are the services' to read
    note.write_text(f"7{800000000 + number};181;loopback;", encoding="ascii")
    draft.write_bytes(sound)
    for path in (note, draft):
        path.chmod(0o640)
    draft.rename(incoming / f"{name}.wav")


async def _drained(stack: LiveStack) -> None:
    """Wait until every message has its ticket and its text."""
    async with asyncio.timeout(_DRAIN_S):
        while any(stack.layout.incoming.iterdir()) or _query(stack, "SELECT 1 FROM jobs WHERE ended IS NULL LIMIT 1"):
            await asyncio.sleep(1)


def _rows(stack: LiveStack, names: list[str]) -> list[tuple[str, str]]:
    known = dict(_query(stack, "SELECT name, state FROM recordings"))
    return [(name, known.get(name, "")) for name in names]


def _is_safe(stack: LiveStack, row: tuple[str, str]) -> bool:
    """Whether a message has its ticket, its sound and its text, or a person's ear is asked for."""
    name, state = row
    return (
        state in (RecordingState.TRANSCRIBED, RecordingState.UNTRANSCRIBED)
        and (stack.layout.kept / name).stat().st_size > 0
    )


def _told(stack: LiveStack) -> list[Told]:
    query = (
        "SELECT jobs.priority, recordings.taken, jobs.ended FROM jobs "
        "JOIN recordings ON recordings.name = jobs.key WHERE jobs.kind = 'transcribe'"
    )
    second = timedelta(seconds=1)
    return [
        Told(priority, datetime.fromisoformat(taken) + second, datetime.fromisoformat(ended))
        for priority, taken, ended in _query(stack, query)
    ]


def _query(stack: LiveStack, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{stack.layout.store}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def _worker(parent: int) -> int:
    """Return the process id of the first worker of `transcribe`."""
    (children,) = Path(f"/proc/{parent}/task").glob(f"{parent}/children")
    return int(children.read_text().split()[0])

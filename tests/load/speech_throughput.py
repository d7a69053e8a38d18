"""How much sound all workers write down in a second, held against bare Vosk; and how well."""

from __future__ import annotations

import asyncio
import statistics
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from rapidfuzz.distance import Levenshtein

from recordings.nlu import Lexicon
from recordings.settings import OWN_MODEL, RecordingSettings
from recordings.transcription.transcriber import Transcriber, worker_count
from recordings.transcription.transcription_hook import ask_for_transcription
from router.model.job import TRANSCRIBE
from router.storage.unit_of_work import UnitOfWork
from router.tickets.service import TicketService
from tests.support.speech import write
from tests.support.stores import new_recordings, opened_store, places, report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.storage.engine import Storage
    from tests.load.speech_sound import Message

_ROUNDS = 11
_EACH = 20  # messages in a round: some two seconds of work
_LIMIT_S = 300.0
_UNKNOWN = "[unk]"


class Done(NamedTuple):
    """What our workers did in a round: seconds of sound, the time it took, and their words against those said."""

    audio_s: float
    seconds: float
    words: int
    errors: int


async def throughput(folder: Path, messages: list[Message], say: Callable[[str], None]) -> dict[str, Any]:
    """Return ``throughput`` and ``wer`` as the bench writes them.

    Bare Vosk and our workers do the same messages in turns, in short rounds: a machine that is busy for a while with
    something else takes from both, and the median of the rounds' ratios leaves out those in which it did not.
    """
    done: list[Done] = []
    floors: list[float] = []
    for number in range(_ROUNDS):
        work = folder / f"round-{number}"
        work.mkdir(parents=True)
        some = [messages[(number * _EACH + index) % len(messages)] for index in range(_EACH)]
        files = {
            write(work / f"20260101T00{number:02}{index:02}Z-{index}.1-181-hi.wav", message.samples): message
            for index, message in enumerate(some)
        }
        audio_s = sum(message.seconds for message in some)
        floors.append(audio_s / await _bare(list(files)) * worker_count(0))
        done.append(await _ours(work, files))
    speeds = [each.audio_s / each.seconds for each in done]
    for number, (speed, floor) in enumerate(zip(speeds, floors, strict=True), 1):
        say(f"  round {number}: {speed:.0f} s of sound a second, bare {floor:.0f}")
    return {
        "throughput": {
            "audio_s_per_s": round(statistics.median(speeds), 1),
            "floor": round(statistics.median(floors), 1),
            "ratio": round(statistics.median(ours / bare for ours, bare in zip(speeds, floors, strict=True)), 3),
            "workers": worker_count(0),
            "messages": _ROUNDS * _EACH,
            "message_s": round(sum(message.seconds for message in messages) / len(messages), 1),
        },
        "wer": round(sum(each.errors for each in done) / sum(each.words for each in done), 4),
    }


async def _bare(files: list[Path]) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.bare_vosk", str(OWN_MODEL), *map(str, files), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return float(output)


async def _ours(folder: Path, files: dict[Path, Message]) -> Done:
    """Have our workers do it, tickets and all."""
    async with opened_store(folder / "store.sqlite") as store:
        desk = TicketService(store, places(), node=1)
        desk.on_change(ask_for_transcription(places()))
        for path in files:
            sound = new_recordings(path.name)
            await desk.open(report(f"file/{path.name}", need="listen", district=None, recordings=sound))
        transcriber = Transcriber(
            store=store, desk=desk, kept=folder, settings=RecordingSettings(), lexicon=Lexicon.load(places())
        )
        task = asyncio.create_task(transcriber.run())
        try:
            await asyncio.wait_for(_until_done(store, task), _LIMIT_S)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        ended = await store.read(_ended)
        words = errors = 0
        for path, message in files.items():
            recorded = await desk.recording(path.name)
            heard = [word for word, *_ in recorded.words if word != _UNKNOWN] if recorded else []
            said = message.text.split()
            words, errors = words + len(said), errors + Levenshtein.distance(said, heard)
        await desk.close()
    # from the end of the first, when processes run and models are loaded, to the end of the last
    seconds = (datetime.fromisoformat(ended[-1][1]) - datetime.fromisoformat(ended[0][1])).total_seconds()
    return Done(sum(files[folder / name].seconds for name, _ in ended[1:]), seconds, words, errors)


async def _until_done(store: Storage, task: asyncio.Task[None]) -> None:
    while await store.read(lambda uow: uow.jobs.waiting(kind=TRANSCRIBE)):
        if task.done():
            task.result()
        await asyncio.sleep(0.2)


def _ended(uow: UnitOfWork) -> list[tuple[str, str]]:
    query = "SELECT key, ended FROM jobs WHERE kind = 'transcribe' ORDER BY ended"
    return [(row[0], row[1]) for row in uow.connection.exec_driver_sql(query)]

"""How much sound all workers write down in a second, held against bare Vosk; and how well."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from recordings.asking import ask_for_transcription
from recordings.settings import OWN_MODEL, RecordingSettings
from recordings.transcriber import Transcriber, worker_count
from recordings.understanding import Lexicon
from router.store import work_rows
from router.tickets.desk import Desk
from tests.load.speech_sound import word_errors
from tests.speech import write
from tests.stores import opened_store, places, report

if TYPE_CHECKING:
    from pathlib import Path

    from router.store.store import Store
    from tests.load.speech_sound import Message

_ROUNDS = 4  # of all messages
_LIMIT_S = 300.0
_UNKNOWN = "[unk]"


async def throughput(folder: Path, messages: list[Message]) -> dict[str, Any]:
    """Return ``throughput`` and ``wer`` as the bench writes them.

    The bare one runs before and after ours: a machine that is busy for a while with something else takes from both.
    """
    folder.mkdir()
    files: dict[Path, Message] = {}
    for number in range(_ROUNDS * len(messages)):
        name = f"20260101T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}Z-{number}.1-181-hi.wav"
        message = messages[number % len(messages)]
        files[write(folder / name, message.samples)] = message
    audio_s = sum(message.seconds for message in files.values())
    floors = [audio_s / await _bare(list(files))]
    ours, wer = await _ours(folder, files)
    floors.append(audio_s / await _bare(list(files)))
    floor = sum(floors) / len(floors) * worker_count(0)
    figures = {
        "audio_s_per_s": round(ours, 1),
        "floor": round(floor, 1),
        "ratio": round(ours / floor, 3),
        "floors": [round(each, 1) for each in floors],
        "workers": worker_count(0),
        "messages": len(files),
        "message_s": round(audio_s / len(files), 1),
    }
    return {"throughput": figures, "wer": round(wer, 4)}


async def _bare(files: list[Path]) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.bare_vosk", str(OWN_MODEL), *map(str, files), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return float(output)


async def _ours(folder: Path, files: dict[Path, Message]) -> tuple[float, float]:
    """Have our workers do it, tickets and all; return seconds of sound a second, and the word error rate."""
    async with opened_store(folder / "store.sqlite") as store:
        desk = Desk(store, places(), node=1)
        desk.on_change(ask_for_transcription(places()))
        for path in files:
            await desk.open(report(f"file/{path.name}", need="listen", district=None, recordings=(path.name,)))
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
            words, errors = words + len(message.text.split()), errors + word_errors(message.text.split(), heard)
        await desk.close()
    # from the end of the first, when processes run and models are loaded, to the end of the last
    names = [name for name, _ in ended]
    seconds = (datetime.fromisoformat(ended[-1][1]) - datetime.fromisoformat(ended[0][1])).total_seconds()
    return sum(files[folder / name].seconds for name in names[1:]) / seconds, errors / words


async def _until_done(store: Store, task: asyncio.Task[None]) -> None:
    while await store.read(partial(work_rows.waiting, kind=work_rows.TRANSCRIBE)):
        if task.done():
            task.result()
        await asyncio.sleep(0.5)


def _ended(connection: Any) -> list[tuple[str, str]]:
    query = "SELECT key, ended FROM work WHERE kind = 'transcribe' ORDER BY ended"
    return [tuple(row) for row in connection.exec_driver_sql(query)]

"""A store, a desk as the harness has it, a spool and a transcriber, for tests with real Vosk."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from recordings.nlu import Lexicon
from recordings.playback.signed_urls import SignedUrls
from recordings.settings import RecordingSettings
from recordings.transcription.transcriber import Transcriber
from recordings.transcription.transcription_hook import ask_for_transcription
from recordings.transcription.worker_process import WorkerLimits, WorkerProcess
from router.model.job import TRANSCRIBE
from router.storage.unit_of_work import UnitOfWork
from router.tickets.service import TicketService
from tests.support.speech import samples_of, write
from tests.support.stores import new_recordings, opened_store, places, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import numpy as np

    from router.model.calls.recording_record import RecordingRecord
    from router.model.ticket import Ticket
    from router.storage.engine import Storage


@cache
def lexicon() -> Lexicon:
    """The one that comes with the program, read once."""
    return Lexicon.load(places())


SECRET = "not a secret but long enough"


class SoundHarness:
    """What a test needs of it."""

    def __init__(self, store: Storage, folder: Path) -> None:
        self.store = store
        self.incoming, self.kept, self.played = (folder / name for name in ("incoming", "kept", "played"))
        for each in (self.incoming, self.kept, self.played):
            each.mkdir()
        self.links = SignedUrls(SECRET, base="http://warroom", days=30)
        self.desk = TicketService(store, places(), node=1, media_url=self.links.url)
        self.desk.on_change(ask_for_transcription(places()))
        self.worker = WorkerProcess(WorkerLimits())
        self.settings = RecordingSettings()
        self.count = 0

    def transcriber(self, limits: WorkerLimits | None = None, **settings: object) -> Transcriber:
        self.worker = WorkerProcess(limits)
        self.settings = RecordingSettings(**settings)
        return Transcriber(store=self.store, desk=self.desk, kept=self.kept, settings=self.settings, lexicon=lexicon())

    async def message(self, sound: np.ndarray | bytes | None = None, *, language: str = "hi", **changes: object) -> str:
        """Open a ticket with a kept recording (speech, unless told); return the recording's name."""
        self.count += 1
        name = f"20260101T0000{self.count:02}Z-{self.count}.1-181-{language}.wav"
        sound = samples_of() if sound is None else sound
        if isinstance(sound, bytes):
            (self.kept / name).write_bytes(sound)
        else:
            write(self.kept / name, sound)
        values: dict[str, object] = {"need": "listen", "district": None, "helpline": "181", "call": f"{self.count}.1"}
        values |= changes
        recordings = new_recordings(name, call=values["call"], helpline=values["helpline"], language=language)
        values.setdefault("recordings", recordings)
        await self.desk.open(report(f"file/{name}", **values))
        return name

    async def recorded(self, name: str) -> RecordingRecord:
        found = await self.desk.recording(name)
        assert found is not None
        return found

    async def ticket(self, name: str) -> Ticket:
        found = await self.desk.ticket((await self.recorded(name)).number)
        assert found is not None
        return found

    async def make_due(self) -> None:
        """Let what was put off be due now."""

        def due(uow: UnitOfWork) -> None:
            for row in uow.connection.exec_driver_sql("SELECT id, outcome FROM jobs WHERE ended IS NULL").all():
                uow.jobs.retry(row[0], datetime.now(UTC), row[1], tried=False)

        await self.store.write(due)

    async def waiting(self) -> int:
        return await self.store.read(lambda uow: uow.jobs.waiting(kind=TRANSCRIBE))


@asynccontextmanager
async def sound_harness(tmp_path: Path) -> AsyncIterator[SoundHarness]:
    async with opened_store(tmp_path / "store.sqlite") as store:
        harness = SoundHarness(store, tmp_path)
        try:
            yield harness
        finally:
            await harness.worker.close()
            await harness.desk.close()

"""Takes transcription jobs from the store, most urgent first, and hands them to the workers."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from recordings.nlu.ticket_adapter import settle_by
from recordings.transcription.transcript import heard_of
from recordings.transcription.worker_process import WorkerLimits, WorkerProcess, WorkerStuckError
from router.model.calls.recording_record import RecordingState
from router.model.job import TRANSCRIBE
from router.retry import retry
from router.storage.errors import StorageUnavailableError
from router.task_group import run_together

if TYPE_CHECKING:
    from pathlib import Path

    from recordings.nlu import Lexicon
    from recordings.settings import RecordingSettings
    from router.model.calls.recording_record import Transcription
    from router.model.job import Job
    from router.storage.engine import Storage
    from router.tickets.findings.apply_findings import Settle
    from router.tickets.service import TicketService

IN_HAND: Final = 2
"""Recordings taken for each worker: while one is transcribed, the one before is written and the next taken."""

_POLL_S: Final = 1.0  # a text that comes a second later harms nobody; an empty look costs a tenth of a millisecond
_STORE_RETRY_DELAY_S: Final = 2.0  # the store has been patient for its own limit before
_LEASE_S: Final = 60.0  # to look at the file; then the lease is made as long as its sound needs
_GRACE_S: Final = 60.0  # beyond the time limit: killing, starting anew, writing
_NOT_YET_S: Final = 2.0  # a recording is taken over milliseconds after its ticket's commit
_MISSING_AFTER: Final = timedelta(minutes=10)  # by then a service that died in between has been started again
_MIN_BYTES_PER_S: Final = 8000  # A-law at 8 kHz; formats with fewer bytes are never recorded by us
_MAX_WORKER_DEATHS: Final = 3  # a recording during which this process itself ended so often is not tried again
_TROUBLE_S: Final = 300.0  # a model is mended by an admin
_MAX_BACKOFF_S: Final = 3600.0

_log = logging.getLogger(__name__)


class Transcriber:
    """Keeps its workers busy for as long as there is work.

    Args:
        store: Open.
        desk: Gets the transcripts.
        kept: Where recordings lie.
        settings: Models, number of workers.
        lexicon: Understands the transcripts.
        limits: When a worker counts as stuck.
    """

    def __init__(
        self,
        *,
        store: Storage,
        desk: TicketService,
        kept: Path,
        settings: RecordingSettings,
        lexicon: Lexicon,
        limits: WorkerLimits | None = None,
    ) -> None:
        self._lexicon = lexicon
        self._store = store
        self._desk = desk
        self._kept = kept
        self._settings = settings
        self._lexicon = lexicon
        self._limits = limits
        self._troubles: set[str] = set()

    async def run(self) -> None:
        """Transcribe until cancelled, first the jobs that this process had taken when it ended last time."""
        await retry(
            self._from_before,
            delay_s=_STORE_RETRY_DELAY_S,
            troubles=(StorageUnavailableError,),
            tell=partial(_log.warning, "transcription waits for the store: %s"),
        )
        async with AsyncExitStack() as stack:
            workers = [WorkerProcess(self._limits) for _ in range(worker_count(self._settings.workers))]
            for worker in workers:
                stack.push_async_callback(worker.close)
            await run_together(*(self._serve(worker) for worker in workers for _ in range(IN_HAND)))

    async def _serve(self, worker: WorkerProcess) -> None:
        while True:
            try:
                if not await self.one(worker):
                    await asyncio.sleep(_POLL_S)
            except StorageUnavailableError as error:  # the job is still in the store, and is done again
                _log.warning("transcription waits for the store: %s", error)
                await asyncio.sleep(_STORE_RETRY_DELAY_S)
            except OSError as error:
                _log.error("transcription: %s", error)
                await asyncio.sleep(_STORE_RETRY_DELAY_S)

    async def _from_before(self) -> None:
        await self._store.write(lambda uow: uow.jobs.reclaim(TRANSCRIBE, datetime.now(UTC)))

    async def one(self, worker: WorkerProcess) -> bool:
        """Do the most urgent work there is; whether there was any.

        Raises:
            StorageUnavailableError: nothing was written; the work comes back when its lease has run out.
        """
        work = await self._store.write(lambda uow: uow.jobs.claim(TRANSCRIBE, datetime.now(UTC), _LEASE_S))
        if work is not None:
            await self._do(work, worker)
        return work is not None

    async def _do(self, work: Job, worker: WorkerProcess) -> None:
        recorded = await self._desk.recording(work.key)
        if recorded is None or recorded.state is not RecordingState.WAITING:
            await self._store.write(lambda uow: uow.jobs.finish(work_id=work.id, outcome="nothing to do"))
            return
        died = int(work.checkpoint or 0)  # how often this process ended while it was listened to
        if died >= _MAX_WORKER_DEATHS:
            await self._heard(work, {"why": "transcription ended while it was listened to, again and again"})
            return
        path = self._kept / work.key
        try:
            size = (await asyncio.to_thread(path.lstat)).st_size
        except FileNotFoundError:
            if datetime.now(UTC) - recorded.taken > _MISSING_AFTER:
                await self._heard(work, {"why": "the sound file is missing"})
            else:
                await self._later(work, _NOT_YET_S, "not yet taken over", tried=False)
            return
        seconds = size / _MIN_BYTES_PER_S
        if worker.free_within_s:  # hold it, but it is not this recording that is listened to yet
            await self._hold(work, work.checkpoint, worker.free_within_s + worker.limit_s(seconds) + _GRACE_S)
        model = self._settings.models.get(recorded.language)
        try:
            async with worker.turn(seconds):
                listening = asyncio.create_task(worker.listen(path, model, seconds))
                try:  # the worker does not wait for the disk
                    await self._hold(work, str(died + 1), worker.limit_s(seconds) + _GRACE_S)
                    answer = await listening
                finally:
                    listening.cancel()
                    await asyncio.gather(listening, return_exceptions=True)
        except WorkerStuckError as stuck:
            await self._stuck(work, stuck, model)
        else:
            await self._answered(work, answer, model, recorded.language)

    async def _hold(self, work: Job, mark: str, seconds: float) -> None:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        await self._store.write(lambda uow: uow.jobs.checkpoint(work_id=work.id, text=mark, until=until))

    async def _stuck(self, work: Job, stuck: WorkerStuckError, model: Path | None) -> None:
        if stuck.loading:
            await self._trouble(work, f"{model}: while it was being loaded {stuck}; see: warroom model check")
        elif work.attempts == 0:
            _log.warning("%s: %s, tried once more", work.key, stuck)
            await self._later(work, 0.0, str(stuck))
        else:
            _log.error("%s: %s twice, left for a person to listen to", work.key, stuck)
            await self._heard(work, {"why": f"transcription failed twice: {stuck}"})

    async def _answered(self, work: Job, answer: dict[str, Any], model: Path | None, language: str) -> None:
        if "trouble" in answer:
            await self._trouble(work, answer["trouble"])
            return
        self._troubles.clear()
        if model is None and "why" not in answer:
            answer["why"] = f"there is no speech model for {language}"
        await self._heard(work, answer, language)

    async def _heard(self, work: Job, answer: dict[str, Any], language: str = "") -> None:
        heard = heard_of(answer, min_confidence=self._settings.min_confidence)
        settle = await self._understood(work, heard, language) if heard.words else None
        if await self._desk.heard(work.key, heard, work=work.id, settle=settle):
            _log.info("%s: %s", work.key, heard.why or f"{len(heard.words)} words, confidence {heard.confidence:.2f}")

    async def _understood(self, work: Job, heard: Transcription, language: str) -> Settle | None:
        """Failures cost no text: a transcript that is not understood is still read by a person."""
        try:
            return await asyncio.to_thread(settle_by, heard, self._lexicon, language=language)
        except Exception:  # noqa: BLE001 - whatever a text does to it
            _log.exception("%s: what was heard was not understood, for a fault of ours", work.key)
            return None

    async def _trouble(self, work: Job, trouble: str) -> None:
        """Put work off whose model cannot be used: the room has its ticket and the sound, the text follows."""
        if trouble not in self._troubles:
            _log.error("transcription waits: %s", trouble)
            self._troubles.add(trouble)
        await self._later(work, min(_TROUBLE_S * 2 ** min(work.claims - 1, 6), _MAX_BACKOFF_S), trouble, tried=False)

    async def _later(self, work: Job, seconds: float, why: str, *, tried: bool = True) -> None:
        due = datetime.now(UTC) + timedelta(seconds=seconds)
        await self._store.write(lambda uow: uow.jobs.retry(work_id=work.id, due=due, why=why, tried=tried))


def worker_count(wanted: int) -> int:
    """Return how many workers run: as set, else one less than this machine's cores, at least one."""
    return wanted or max(1, len(os.sched_getaffinity(0)) - 1)

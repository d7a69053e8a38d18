"""Has answers heard by worker processes that are kept ready; a call goes on without one that is away or late."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from recordings.answers.audible import find_audible, model_of
from recordings.answers.vocabulary import HeardWord
from recordings.transcription.worker_process import WorkerLimits, WorkerProcess, WorkerStuckError
from router.retry import Backoff
from router.task_group import run_together

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from recordings.answers.vocabulary import Question, Understood, Vocabulary
    from router.geo import Places

READY: Final = "a process is ready to hear answers"
"""What the log says of each."""

MODULE: Final = "recordings.answers.worker"
_STUCK_S: Final = 5.0  # an answer takes hundredths of a second: by then no caller waits for it any more
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 60.0
_MOST_WORKERS: Final = 4  # four hear some hundred answers a second: more than 500 calls give

_log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """What became of an answer.

    Attributes:
        understood: Its meaning, if there was any.
        silent: Whether not a single word was heard.
        seconds: From the end of the recording to this.
    """

    understood: Understood | None
    silent: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class _Job:
    path: Path
    model: Path
    question: Question
    answer: asyncio.Future[list[HeardWord] | None]


def worker_count(setting: int) -> int:
    """Return how many processes run; 0 is one for each two cores, four at most."""
    return setting or max(1, min(_MOST_WORKERS, (os.cpu_count() or 1) // 2))


class AnswerListener:
    """Hears answers, by as many processes as are given, each with every model loaded.

    Args:
        models: The folder of the model of each language.
        questions: What is asked, and all ids that may be answered to it.
        places: Districts and needs.
        folder: Where Asterisk records answers. Whatever lies there at the start is deleted.
        workers: How many processes; see `worker_count`.
        limit_s: How long an answer is waited for, from the end of its recording.

    Attributes:
        folder: As given.
    """

    def __init__(
        self,
        *,
        models: Mapping[str, Path],
        questions: Mapping[Question, Collection[str]],
        places: Places,
        folder: Path,
        workers: int,
        limit_s: float,
    ) -> None:
        self.folder = folder
        self._models = models
        self._questions = questions
        self._places = places
        self._workers = workers
        self._limit_s = limit_s
        self._vocabularies: dict[Path, dict[Question, Vocabulary]] = {}
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._ready: set[WorkerProcess] = set()

    def ready(self, question: Question, language: str) -> bool:
        """Whether an answer in this language would be heard now."""
        return bool(self._ready) and self._vocabulary(question, language) is not None

    async def hear(self, question: Question, language: str, path: Path) -> Answer | None:
        """Return what a recording says; None when no worker has heard it within the limit.

        Args:
            question: What was asked.
            language: In which language.
            path: The recording, complete.
        """
        begun = time.monotonic()
        model, vocabulary = model_of(language, self._models), self._vocabulary(question, language)
        if not self._ready or vocabulary is None or model is None:
            return None
        job = _Job(path, model, question, asyncio.get_running_loop().create_future())
        self._jobs.put_nowait(job)
        try:
            async with asyncio.timeout(self._limit_s):
                words = await job.answer
        except TimeoutError:
            _log.warning("an answer was not heard within %.1f s: the call goes on by menus", self._limit_s)
            return None
        if words is None:
            return None
        return Answer(vocabulary.understand(words), not words, time.monotonic() - begun)

    async def run(self) -> NoReturn:
        """Keep the workers ready until cancelled."""
        await asyncio.to_thread(self._prepare)
        workers = [WorkerProcess(WorkerLimits(base_s=_STUCK_S), MODULE) for _ in range(self._workers)]
        try:
            if self._vocabularies:
                await run_together(*map(self._serve, workers))
            await asyncio.Event().wait()
            raise AssertionError
        finally:
            for worker in workers:
                await worker.close()

    def _prepare(self) -> None:
        """Delete what an earlier process left, and read what each model can hear."""
        for left in self.folder.glob("*"):
            left.unlink(missing_ok=True)
        found = find_audible(self._models, self._questions, self._places)
        self._vocabularies = found.vocabularies
        for (_, question), why in found.troubles.items():
            _log.warning("callers are not asked to say the %s: %s", question, why)

    def _vocabulary(self, question: Question, language: str) -> Vocabulary | None:
        model = model_of(language, self._models)
        return self._vocabularies.get(model, {}).get(question) if model else None

    async def _serve(self, worker: WorkerProcess) -> NoReturn:
        """Keep one worker ready, and give it one answer after the other."""
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        while True:
            try:
                await self._load(worker)
                self._ready.add(worker)
                _log.info(READY)
                while not worker.is_spent:
                    await self._one(worker)
                    backoff.reset()
            except WorkerStuckError as error:
                self._ready.discard(worker)
                _log.warning("the process that hears answers: %s; another is started", error)
                await asyncio.sleep(backoff.next_s())
            finally:
                self._ready.discard(worker)

    async def _load(self, worker: WorkerProcess) -> None:
        await worker.close()
        for model, vocabularies in self._vocabularies.items():
            grammars = {question: vocabulary.grammar for question, vocabulary in vocabularies.items()}
            answer = await worker.ask({"load": str(model), "grammars": grammars}, WorkerLimits().load_s)
            if "why" in answer:
                raise WorkerStuckError(f"{model}: {answer['why']}", loading=True)

    async def _one(self, worker: WorkerProcess) -> None:
        """Hear the next answer, unless its caller has gone on; return without one when the process has ended."""
        taking, ended = asyncio.create_task(self._jobs.get()), asyncio.create_task(worker.ended())
        try:
            await asyncio.wait((taking, ended), return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise WorkerStuckError("it has ended", loading=False)
            await self._hear(worker, taking.result())
        finally:
            if taking.done() and not taking.cancelled():
                _settle(taking.result(), None)
            taking.cancel()
            ended.cancel()

    async def _hear(self, worker: WorkerProcess, job: _Job) -> None:
        if job.answer.done():
            return
        question = {"path": str(job.path), "model": str(job.model), "question": job.question}
        answer = await worker.ask(question, _STUCK_S)
        if job.answer.done():
            return  # its caller has gone on, and the file was deleted under the process
        if "why" in answer:
            raise WorkerStuckError(f"an answer could not be heard: {answer['why']}", loading=False)
        _settle(job, [HeardWord(*word) for word in answer["words"]])


def _settle(job: _Job, words: list[HeardWord] | None) -> None:
    """Tell the call what was heard, unless it has been told or has gone on."""
    if not job.answer.done():
        job.answer.set_result(words)

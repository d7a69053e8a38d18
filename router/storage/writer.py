"""The one writer: jobs that wait are committed together, in a thread of its own.

A job is a plain function on a SQLAlchemy connection (from a job on a unit of work, `router.storage.engine` makes one).
The whole group runs in one visit to the thread: through an async driver every statement is a hop of its own, which cost
2.7 ms of CPU for a ticket where this costs 0.2 to 0.5.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

    from router.storage.engines.base import Database

T = TypeVar("T")

_GROUP = 200  # jobs in one commit: about 40 ms of work, so that the first of them does not wait long for the last
_RETRY_DELAY_S = 0.25  # after a full disk or a lost file: callers get their error at once, so this only spares the CPU

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Job:
    """One queued job: its function, its caller's future, and the events to set once it is committed."""

    run: Callable[[sa.Connection], Any]
    future: asyncio.Future[Any]
    wakes: asyncio.Event | None


class Writer:
    """Runs jobs in order, many in one commit; one that fails does not affect the others.

    Most groups have none that fails: so a group is run as a whole first, without the cost of a savepoint for each job
    and, where the database is a server, of an answer to each statement. Only when a job fails, it is undone and run
    again with a savepoint for each: a job must be safe to run twice anyway.

    Args:
        engine: Connects to the database; only this writer's thread uses it.
        database: Which it is.
        limit_s: Seconds a job may wait before its caller gets StorageUnavailableError.
    """

    def __init__(self, engine: sa.Engine, database: Database, *, limit_s: float) -> None:
        self._engine = engine
        self._database = database
        self._limit_s = limit_s
        self._waiting: deque[_Job] = deque()
        self._news = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "store-writer")
        self._connection: sa.Connection | None = None
        self._trouble: StorageUnavailableError | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def start(self) -> None:
        """Begin to take jobs."""
        self._task = asyncio.create_task(self._run(), name="store-writer")

    async def close(self) -> None:
        """Finish the current group and end; the callers of waiting jobs get StorageUnavailableError."""
        if self._closed:
            return
        self._closed = True
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        while self._waiting:
            _settle(self._waiting.popleft(), self._closed_error())
        await asyncio.get_running_loop().run_in_executor(self._thread, self._hang_up)
        self._thread.shutdown(wait=False)

    @property
    def waiting(self) -> int:
        """How many jobs wait for their turn."""
        return len(self._waiting)

    async def submit(self, run: Callable[[sa.Connection], T], *, wakes: asyncio.Event | None = None) -> T:
        """Run a job in a transaction and return its result after the commit.

        A job whose caller has given up before it began is left out.

        Raises:
            StorageUnavailableError: locked beyond the time limit, read-only, disk full … Nothing was written, unless
                the database hangs in the commit itself: so a job must be safe to run twice.
            Exception: the job's own error; its statements are undone.
        """
        if self._closed:
            raise self._closed_error()
        job = _Job(run, asyncio.get_running_loop().create_future(), wakes)
        self._waiting.append(job)
        self._news.set()
        try:
            async with asyncio.timeout(self._limit_s):
                return await job.future  # type: ignore[no-any-return]
        except TimeoutError:
            raise (self._trouble or self._database.timed_out(self._limit_s)).again() from None

    async def _run(self) -> None:
        """Commit group after group, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while group := self._next_group():
                # shielded: when the service ends, the current group is still committed and its callers informed
                work = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, group)
                try:
                    await asyncio.shield(work)
                except asyncio.CancelledError:
                    await asyncio.wait([work])
                    self._told(group, work)
                    raise
                except Exception:  # noqa: BLE001, S110  (each caller gets it below)
                    pass
                if not self._told(group, work):
                    await asyncio.sleep(_RETRY_DELAY_S)

    def _next_group(self) -> list[_Job]:
        group: list[_Job] = []
        while self._waiting and len(group) < _GROUP:
            job = self._waiting.popleft()
            if not job.future.done():
                group.append(job)
        return group

    def _told(self, group: list[_Job], work: asyncio.Future[list[Any]]) -> bool:
        """Tell each caller how its job ended, or put the group back when the database is only locked."""
        error = work.exception()
        if error is None:
            self._mended()
            for job, outcome in zip(group, work.result(), strict=True):
                _settle(job, outcome)
            return True
        trouble = self._database.unavailable(error)
        if trouble:
            self._failed(trouble)
        if self._database.is_locked(error):
            self._waiting.extendleft(reversed(group))
            return True
        for job in group:
            _settle(job, trouble.again() if trouble else error)
        return False

    def _failed(self, trouble: StorageUnavailableError) -> None:
        if self._trouble is None or self._trouble.what != trouble.what:
            _log.error("%s", trouble)
        self._trouble = trouble

    def _mended(self) -> None:
        if self._trouble:
            _log.warning("the database can be written again (%s)", self._database.location)
        self._trouble = None

    def _closed_error(self) -> StorageUnavailableError:
        return StorageUnavailableError("the store is closed", self._database.location, "start the service")

    # the methods below run in the writer's thread

    def _commit(self, group: Sequence[_Job]) -> list[Any]:
        """Run a group in one transaction; return each job's result or its own exception."""
        try:
            connection, raw = self._begin()
            try:
                outcomes = self._run_together(connection, raw, group)
            except Exception as error:
                if self._database.unavailable(error):
                    raise
                raw.execute("ROLLBACK")
                if len(group) == 1:
                    return [error]
                connection, raw = self._begin()
                outcomes = [self._run_alone(connection, raw, job) for job in group]
            self._database.commit(raw)
        except BaseException:
            self._hang_up()  # rolls back; a new connection also notices a database that is writable again
            raise
        return outcomes

    def _begin(self) -> tuple[sa.Connection, Any]:
        """Begin a transaction; a connection that broke while nobody wrote is replaced without an error."""
        kept = self._connection is not None
        try:
            return self._begin_once()
        except Exception as error:
            if not kept or self._database.is_locked(error) or not self._database.unavailable(error):
                raise
        self._hang_up()
        return self._begin_once()

    def _begin_once(self) -> tuple[sa.Connection, Any]:
        if self._connection is None:
            self._connection = self._engine.connect()
        raw = self._connection.connection.driver_connection
        raw.execute(self._database.BEGIN)  # type: ignore[union-attr]
        return self._connection, raw

    def _run_together(self, connection: sa.Connection, raw: Any, group: Sequence[_Job]) -> list[Any]:
        """Run jobs with nothing between them; an error of one may surface at a later one."""
        with self._database.pipeline(raw):
            return [None if job.future.done() else job.run(connection) for job in group]

    def _run_alone(self, connection: sa.Connection, raw: Any, job: _Job) -> Any:
        """Run a job in a savepoint; return its result or its own exception."""
        if job.future.done():  # its caller gave up while we waited for a lock, and got an error: nothing was written
            return None
        raw.execute("SAVEPOINT job")
        try:
            outcome = job.run(connection)
        except Exception as error:
            if self._database.unavailable(error):  # the database has undone the whole transaction
                raise
            raw.execute("ROLLBACK TO job")
            outcome = error
        raw.execute("RELEASE job")
        return outcome

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.invalidate()
            connection.close()


def _settle(job: _Job, outcome: Any) -> None:
    """Give a job's caller its result or its exception, and set the events that wait for its commit."""
    failed = isinstance(outcome, BaseException)
    if job.wakes and not failed:
        job.wakes.set()
    if job.future.done():
        return
    if failed:
        job.future.set_exception(outcome)
    else:
        job.future.set_result(outcome)

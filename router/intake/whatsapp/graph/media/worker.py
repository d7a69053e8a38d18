"""Fetches the files that people sent, and puts them to their tickets: photographs, and voice notes as recordings.

A job is taken for a while (a lease). Fetching is tried again after one, five and fifteen minutes: who asks Meta more
often is shut out for an hour. What cannot be had is said on the ticket, so that a person asks the citizen.
"""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, Protocol

from router.clock import utc_now
from router.intake.whatsapp.graph.errors import ErrorKind, GraphError
from router.intake.whatsapp.graph.media.fetcher import MediaRefusedError
from router.messaging.leased_work import LeasedWork
from router.model.job import WHATSAPP_MEDIA
from router.storage.jobs import JobQueue
from router.tickets.notes import UnknownTicketError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from router.intake.whatsapp.graph.media.fetcher import MediaFetcher
    from router.intake.whatsapp.graph.pace import Pace
    from router.intake.whatsapp.graph.refusals import Refusals
    from router.model.job import Job
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

POLL_S: Final = 1.0
"""Between two looks: a photograph is with its ticket a second later."""
LEASE_S: Final = 180.0
"""Fetching takes a minute at most, decoding a voice note half of one on a busy machine."""
AT_ONCE: Final = 4
"""Files at once, of 16 MB at most, held in memory."""
PAUSES_S: Final = (60.0, 300.0, 900.0)
"""Before the second, third and fourth try."""
TOKEN_PAUSE_S: Final = 300.0
"""While there is no valid token; no try is counted."""
STUCK_CLAIMS: Final = 8
"""A file that was taken so often and never ended kills its worker: it is left."""

_log = logging.getLogger(__name__)


class Keeper(Protocol):
    """Puts one kind of file to a ticket. The same ``key`` again changes nothing."""

    @property
    def limit(self) -> int:
        """Bytes that a file may have."""
        ...

    async def keep(self, ticket: str, data: bytes, *, key: str, sent: datetime) -> None:
        """Keep a file; returns after the commit.

        Raises:
            MediaRefusedError: it is none of this kind, or not to be kept.
            UnknownTicketError: no ticket has this number.
            StorageUnavailableError: not now; nor when OSError.
        """
        ...


class _Kind(NamedTuple):
    """What a room is told that is missing."""

    hi: str
    en: str


_KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "voice": _Kind("नागरिक की आवाज़ का संदेश नहीं मिल सका", "the citizen's voice message"),
        "picture": _Kind("नागरिक की भेजी तस्वीर नहीं मिल सकी", "the citizen's photograph"),
    }
)


class MediaWorker:
    """Takes the jobs of files.

    Args:
        store: Has the jobs.
        desk: Takes notes.
        fetcher: Fetches.
        keepers: By kind of file.
        pace: Is told when there is no token.
        failures: Notes what could not be had.
        now: The clock, UTC.
    """

    def __init__(
        self,
        *,
        store: Storage,
        desk: TicketService,
        fetcher: MediaFetcher,
        keepers: Mapping[str, Keeper],
        pace: Pace,
        failures: Refusals,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._desk = desk
        self._fetcher = fetcher
        self._keepers = keepers
        self._pace = pace
        self._failures = failures
        self._now = now
        self._jobs = JobQueue(store, WHATSAPP_MEDIA, lease_s=LEASE_S, now=now)
        self._work = LeasedWork(
            self._jobs.take,
            self._step,
            at_once=AT_ONCE,
            every_s=POLL_S,
            item="file",
            waits="files of WhatsApp wait: %s",
            log=_log,
        )

    async def run(self) -> NoReturn:
        """Fetch until cancelled; what is under way then is begun anew at the next start."""
        await self._work.run()

    async def look(self) -> int:
        """Begin with what is due; return how many files are under way.

        Raises:
            StorageUnavailableError: it is seen to at the next look.
        """
        return await self._work.look()

    async def _step(self, job: Job) -> None:
        kind = job.payload["kind"]
        keeper = self._keepers[kind]
        if job.claims > STUCK_CLAIMS:
            await self._give_up(job, kind, "the program failed on it")
            return
        try:
            data = await self._fetcher.fetch(job.payload["account"], job.payload["media_id"], keeper.limit)
            sent = datetime.fromisoformat(job.payload["sent"])
            await keeper.keep(job.payload["ticket"], data, key=job.key, sent=sent)
        except MediaRefusedError as refused:
            await self._missing(job, kind, str(refused))
            await self._jobs.finish(job, f"refused: {refused}"[:200])
        except GraphError as error:
            await self._failed(job, kind, error)
        except UnknownTicketError:
            await self._jobs.finish(job, "the ticket was forgotten")
        except OSError as error:
            await self._again(job, kind, f"cannot be kept: {error.strerror or error}")
        else:
            self._failures.went_through(kind)
            await self._jobs.finish(job, "kept")

    async def _failed(self, job: Job, kind: str, error: GraphError) -> None:
        _log.warning("file %d: %s, %s", job.id, error.kind, error)
        if error.kind is ErrorKind.TOKEN:
            self._pace.failed(job.payload["account"], error.kind, str(error))
            due = self._now() + timedelta(seconds=TOKEN_PAUSE_S)
            await self._jobs.retry(job, due, str(error), tried=False)
            return
        await self._again(job, kind, str(error))

    async def _again(self, job: Job, kind: str, why: str) -> None:
        if job.attempts < len(PAUSES_S):
            await self._jobs.retry(job, self._now() + timedelta(seconds=PAUSES_S[job.attempts]), why)
            return
        self._failures.note(kind, why)
        await self._give_up(job, kind, why)

    async def _give_up(self, job: Job, kind: str, why: str) -> None:
        await self._missing(job, kind, why)
        await self._jobs.finish(job, f"given up: {why}"[:200])

    async def _missing(self, job: Job, kind: str, why: str) -> None:
        """Say on the ticket that a file is missing."""
        named = _KINDS[kind]
        text = f"{named.hi}, उनसे पूछ लें / {named.en} could not be had, ask them: {why}"
        with contextlib.suppress(UnknownTicketError):  # it has been forgotten meanwhile, with its person
            await self._desk.note(job.payload["ticket"], text, by="whatsapp", key=f"{WHATSAPP_MEDIA}/{job.id}")

"""Outbound callbacks to callers who reached nobody: missed or rejected calls, and callers who kept a queue position.

Durable work of the kind ``call``; see `router.storage.repositories.job_repository.ask_for_call`. A row with a place
names the queue and when its citizen joined it: a channel of ours stands in the queue for them, at the place that this
gives, for as long as it takes. After a restart of Asterisk, or of this service, the rows put the channels back in their
order. The citizen is called when an operator has answered, and that is committed before (``place-turn``): so a crash
counts as a try, and nobody is called again and again.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

from agi import dialplan
from agi.ami.errors import AmiError, AmiRefusedError
from agi.ami.originator import FULL
from agi.callbacks.answered_by import NOBODY_SPOKE, AnsweredBy
from agi.callbacks.quiet_hours import next_allowed
from agi.channel_ids import PLACE_CHANNEL
from agi.queues.requeue import RequeueOrder
from router.clock import utc_now
from router.masking import mask
from router.phone_numbers import normalise
from router.retry import retry
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.calls.callback_repository import PLACE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from agi.ami.originator import Originator
    from agi.queues.status import QueueStatus
    from agi.settings import CallSettings
    from router.model.job import Job
    from router.storage.callback_queries import CallbackList
    from router.storage.repositories.calls.callback_repository import Asked

POLL_INTERVAL_S: Final = 1.0
"""Between two looks for work: a place that is kept is in the queue again before the next caller has come far."""
LEASE_S: Final = 60.0
"""From taking a row to marking it are a read and a commit."""
CALL_TIMEOUT_S: Final = 1800.0
"""A conversation of the helpline, and waiting for an operator in it."""
PLACE_TIMEOUT_S: Final = 24 * 3600.0
"""Maximum time a place stands in a queue: a caller who left it at night is called when operators come."""
MAX_PLACE_AGE_S: Final = PLACE_TIMEOUT_S + LEASE_S
"""How long a marked row is held; at a start of this service, the only taker, it is taken at once."""
EMPTY_POLL_INTERVAL_S: Final = 3.0
"""Between two looks at a queue in which nobody answers."""
APPEARS_S: Final = 5.0
"""For a channel to be seen in its queue, before the next one is put in its place."""
REJECTED_RETRY_DELAY_S: Final = 300.0
"""After Asterisk refused to place a call: an admin must correct its configuration."""
BUSY_RETRY_DELAY_S: Final = 30.0
"""While all channels of the trunk are in use."""
OFTEN: Final = "called often enough today"
MAX_PLACES: Final = 500
"""Maximum number of kept positions: all callers of a full system press key 1."""

PLACED: Final = "call."
"""Prefix of the unique ids of calls into a helpline's conversation."""
_WAITS: Final = "waits"
"""The mark of a place before it stands in its queue for the first time."""
_TURN: Final = "turn."
"""Prefix of the mark once an operator has answered for a place."""

_log = logging.getLogger(__name__)


class QueueCallbackService:
    """Takes jobs of the kind ``call`` and places their calls.

    Args:
        work: The rows, with a lease of `LEASE_S`.
        telephone: Places the calls.
        queue: Returns a queue as it is now, None when there is none or Asterisk cannot be asked.
        settings: Hours, tries, pauses, lines.
        held: Whether no calls are to be placed for the moment.
        now: The clock, UTC.
    """

    def __init__(
        self,
        *,
        work: CallbackList,
        telephone: Originator,
        queue: Callable[[str], Awaitable[QueueStatus | None]],
        settings: CallSettings,
        held: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._work = work
        self._telephone = telephone
        self._queue = queue
        self._settings = settings.callbacks
        self._max_calls = settings.max_calls
        self._held = held
        self._now = now
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._calling: set[int] = set()
        self._joined: dict[str, float] = {}
        self._turned: set[int] = set()
        self._came: set[str] = set()
        self._absent = RequeueOrder()
        self.spoken = AnsweredBy()
        self._silent: set[int] = set()
        self._phones: dict[int, str] = {}
        self._news = asyncio.Event()

    async def keep(self, phone: str, uniqueid: str, payload: Mapping[str, Any]) -> bool:
        """Keep a place; return after the commit whether there is one: False when the number was called often today.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        if await self._work.placed.often(phone):
            return False
        await self._work.ask_for_call(phone, uniqueid, payload, self._now(), priority=PLACE)
        self._news.set()
        return True

    async def ask_for_missed(
        self, phone: str, uniqueid: str, payload: Mapping[str, Any], *, since: datetime, after_s: float
    ) -> Asked:
        """Schedule a callback for a missed call: see `callback_repository.ask`. Returns after the commit.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        asked = await self._work.ask_for_missed(
            phone, uniqueid, payload, self._now() + timedelta(seconds=after_s), since
        )
        self._news.set()
        return asked

    def came_in(self, phone: str) -> None:
        """A citizen has got through by calling again: cancel the callback. Returns at once."""
        self._came.add(phone)

    async def run(self) -> None:
        """Call until cancelled; calls in progress are then left to the next start."""
        try:
            await retry(self._begin, delay_s=POLL_INTERVAL_S, troubles=(StorageUnavailableError,))
            while True:
                self._news.clear()
                try:
                    await self.look()
                except StorageUnavailableError as error:
                    _log.warning("citizens are not called for the moment: %s", error)
                await self._wait(POLL_INTERVAL_S)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def look(self) -> int:
        """Begin what is due; return how many callbacks are in progress.

        Raises:
            StorageUnavailableError: it is seen to at the next look.
        """
        if came := set(self._came):
            await self._work.came_in(came)
            self._came -= came
        while self._telephone.connected and not self._held() and len(self._tasks) < MAX_PLACES:
            work = await self._work.take_next(calling=self._may_call())
            if work is None:
                break
            self._start(work)
        return len(self._tasks)

    def _start(self, work: Job) -> None:
        if work.id not in self._tasks:
            if work.priority != PLACE:
                self._calling.add(work.id)
            self._tasks[work.id] = asyncio.create_task(self._see_to(work), name=f"call {work.id}")

    async def turn(self, place: int) -> None:
        """An operator has answered for a place: its citizen is about to be called."""
        self._turned.add(place)
        await self._work.remark(place, f"{_TURN}{place}", hold_s=CALL_TIMEOUT_S)
        if phone := self._phones.get(place):
            await self._work.placed.note(phone)

    async def called(self, place: int, *, spoken: bool) -> None:
        """The call of a place's citizen is over."""
        if spoken:
            await self._work.end(place, "spoken")

    def silent(self, place: int) -> None:
        """Somebody, or something, has answered for a place's citizen and pressed no key."""
        self._silent.add(place)

    async def position(self, queue: str, joined: float, urgency: int) -> int:
        """Return the position in a queue of a caller who joined it then; 1 when it is unknown."""
        now = await self._queue(queue)
        return now.place_of(joined, urgency, self._joined) if now is not None else 1

    async def _begin(self) -> None:
        """Take over the callbacks that an earlier service process had in progress."""
        await self._work.release()
        while work := await self._work.take_marked():
            self._start(work)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _see_to(self, work: Job) -> None:
        try:
            await (self._keep_place(work) if work.payload["reason"] == "queue" else self._call(work))
        except (StorageUnavailableError, AmiError) as error:
            _log.warning("call %d: will be seen to later: %s", work.id, error)
        except Exception:  # noqa: BLE001 - one citizen's trouble must not keep the others from their calls
            _log.exception("call %d failed, will be seen to later", work.id)
        finally:
            self._calling.discard(work.id)
            self._turned.discard(work.id)
            self._silent.discard(work.id)
            self._phones.pop(work.id, None)
            del self._tasks[work.id]

    async def _call(self, work: Job) -> None:
        """Call a citizen who missed a call or was rejected, into the conversation of the helpline."""
        number = _number_of(work)
        if work.checkpoint:  # an earlier service placed it, or was about to
            await self._telephone.follow(work.checkpoint, limit_s=CALL_TIMEOUT_S)
            await self._count_attempt(work, "the service ended during the call")
        elif number is None:
            await self._work.finish(work, "no number to call")
        elif await self._work.placed.often(work.key.partition("/")[0]):
            await self._work.finish(work, OFTEN)
        else:
            await self._call_now(work, number)

    async def _call_now(self, work: Job, number: str) -> None:
        channel_id = f"{PLACED}{work.id}.{work.claims}"
        if not await self._work.checkpoint(work, channel_id, hold_s=MAX_PLACE_AGE_S):
            return
        await self._work.note(work)
        self.spoken.expect(channel_id)
        try:
            await self._speak(work, number, channel_id)
        finally:
            self.spoken.forget(channel_id)

    async def _speak(self, work: Job, number: str, channel_id: str) -> None:
        _log.info("call %d to %s (%s): try %d", work.id, mask(number), work.payload["reason"], work.attempts + 1)
        helpline = work.payload["helpline"]
        try:
            why = await self._telephone.call_in(number, helpline, channel_id, limit_s=CALL_TIMEOUT_S)
        except AmiRefusedError as error:
            _log.error("call %d: Asterisk refused to place it: %s", work.id, error)
            await self._work.retry(
                work, self._now() + timedelta(seconds=REJECTED_RETRY_DELAY_S), "refused", tried=False
            )
            return
        except AmiError as error:  # it may have been placed
            why = str(error)
        if why or not await self.spoken.person(channel_id):
            await self._count_attempt(work, why or NOBODY_SPOKE)
        else:
            await self._work.finish(work, "spoken")

    async def _keep_place(self, work: Job) -> None:
        """Stand in the queue until an operator answers and the citizen has been called."""
        number = _number_of(work)
        if number is None:
            await self._work.finish(work, "no number to call")
            return
        self._phones[work.id] = work.key.partition("/")[0]
        if work.checkpoint:
            await self._resume_place(work)
        else:
            await self._work.checkpoint(work, _WAITS, hold_s=MAX_PLACE_AGE_S)
        why = ""
        for attempt in count(1):
            if work.id in self._turned:
                break
            channel_id = f"{PLACE_CHANNEL}.{work.id}.{work.claims}.{attempt}"
            standing = await self._take_place(work, number, channel_id)
            if standing is None:
                return  # ended meanwhile
            why = await self._hold(work, standing)
            self._joined.pop(f"{channel_id}.out", None)
        silent = NOBODY_SPOKE if work.id in self._silent else ""
        await self._count_attempt(work, silent or why or "not reached")  # nothing, when the citizen was spoken with

    async def _resume_place(self, work: Job) -> None:
        """A place that an earlier service kept: it may stand there still, or its citizen may be on the line."""
        turned = work.checkpoint.startswith(_TURN)
        channel_id = self._telephone.find(f"{PLACE_CHANNEL}.{work.id}.")
        if channel_id is not None:
            self._joined[f"{channel_id}.out"] = work.payload["joined"]
            await self._telephone.follow(channel_id, limit_s=MAX_PLACE_AGE_S)
            self._joined.pop(f"{channel_id}.out", None)
        if turned:
            self._turned.add(work.id)

    async def _take_place(self, work: Job, number: str, channel_id: str) -> asyncio.Task[str] | None:
        """Have a channel take the place in the queue, as soon as an operator answers there; None when it has ended."""
        queue, urgency = work.payload["queue"], int(work.payload.get("urgency", 0))
        joined = float(work.payload["joined"])
        async with self._absent.turn(queue, urgency, joined, work.id):
            while (now := await self._queue(queue)) is None or not now.staffed:  # noqa: ASYNC110 - Asterisk is asked
                await asyncio.sleep(EMPTY_POLL_INTERVAL_S)
            if not await self._work.checkpoint(work, channel_id, hold_s=MAX_PLACE_AGE_S):
                return None
            inside = f"{channel_id}.out"
            position = now.place_of(joined, urgency, self._joined)
            self._joined[inside] = joined
            values = {dialplan.QUEUE: queue, dialplan.POSITION: str(position), dialplan.URGENCY: str(urgency)}
            standing = asyncio.create_task(
                self._telephone.keep_place(number, work.id, channel_id, values=values, limit_s=PLACE_TIMEOUT_S)
            )
            await self._appears(queue, inside, standing)
            return standing

    async def _hold(self, work: Job, standing: asyncio.Task[str]) -> str:
        """Wait until the place is over or lost; return the reason as far as it is known."""
        try:
            return await standing
        except AmiRefusedError as error:
            _log.error("place %d: Asterisk refused to keep it: %s", work.id, error)
            await asyncio.sleep(REJECTED_RETRY_DELAY_S)
        except AmiError:
            await asyncio.sleep(EMPTY_POLL_INTERVAL_S)  # the next round asks whether the link is there
        finally:
            standing.cancel()
        return ""

    async def _appears(self, queue: str, inside: str, standing: asyncio.Task[str]) -> None:
        """Wait until a channel is in its queue, or has had its end there."""
        end = asyncio.get_running_loop().time() + APPEARS_S
        while not standing.done() and asyncio.get_running_loop().time() < end:
            now = await self._queue(queue)
            if now is not None and any(one.uniqueid == inside for one in now.waiting):
                return
            await asyncio.wait([standing], timeout=0.1)

    async def _count_attempt(self, work: Job, why: str) -> None:
        """Count a try, unless the row has ended meanwhile, or there was no line for it."""
        if why == FULL:
            await self._work.retry(work, self._now() + timedelta(seconds=BUSY_RETRY_DELAY_S), why, tried=False)
        elif work.priority != PLACE and await self._work.is_long():
            await self._work.finish(work, f"{why}; no further try while many wait")
        elif work.attempts + 1 < self._settings.max_attempts:
            due = self._now() + timedelta(minutes=self._settings.retry_interval_minutes)
            if await self._work.retry(work, due, why):
                _log.info("call %d: %s; again at %s", work.id, why, due.isoformat(timespec="minutes"))
        elif await self._work.finish(work, f"unreached: {why}"):
            _log.info("call %d: nobody was reached: %s", work.id, why)

    def _may_call(self) -> bool:
        """Whether there is a line for one more citizen, at an hour at which people are called."""
        idle = self._max_calls - self._settings.reserved_lines - self._telephone.callers - len(self._calling)
        if len(self._calling) >= self._settings.max_concurrent_calls or idle <= 0:
            return False
        return next_allowed(self._now(), self._settings.from_hour, self._settings.until_hour) <= self._now()


def _number_of(work: Job) -> str | None:
    """The ten digits to dial, from the row's key."""
    number = normalise(work.key.partition("/")[0])
    return number.national if number.callable else None

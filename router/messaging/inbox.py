"""Works off the messages of a channel: those of one person one after the other, in the order of their time stamps.

A message is held for a moment, so that an earlier one that was overtaken on the way comes first. Work on it ends with
one commit; killed before that, it is done again. One that fails again and again, or takes the process with it, is set
aside: the person's other messages go on, an alert tells of it, and what can be saved of it is saved.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NoReturn

from router.clock import utc_now
from router.errors import WarroomError
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from router.model.messaging.incoming import StoredMessage
    from router.model.messaging.person import MessageChannel
    from router.storage.engine import Storage

HOLD_S: Final = 1.5
"""An album, or a text after its picture, comes as parallel requests within a second; nobody waits for an answer so
impatiently that it shows."""
AT_ONCE: Final = 16
"""People whose messages are worked on at once: each waits for four commits, which they share."""
GATHER_S: Final = 0.05
"""From news to a look, so that what comes and ends in a moment costs one look: messages are held for longer anyway."""
GIVE_WAY_S: Final = 2.0
"""What is stored is safe and can wait a little; what is not stored yet the provider has to deliver again."""
POLL_S: Final = 0.5
"""Between two looks when nothing is said to have come: a hold that ends, a message that was put off."""
MAX_ATTEMPTS: Final = 4
"""Attempts that are counted before a message is set aside."""
RETRY_S: Final = (1.0, 5.0, 15.0)
"""After each attempt but the last: a person's other messages wait for less than half a minute."""
TROUBLE_RETRY_S: Final = 3.0
"""While the store is away: no fault of the message."""

_log = logging.getLogger(__name__)


class PutOffError(WarroomError):
    """A message cannot be worked off now, for no fault of its own: it is tried again soon, and not counted."""


class Inbox:
    """Works off messages.

    Args:
        store: Has them.
        channel: Which channel's.
        work: Works one off, and writes in its last commit that it is done (`ChatInRepository.finish`).
        rescue: Saves what can be saved of one that is to be set aside; simpler than `work`.
        give_way: Whether more comes in just now than is taken: then nothing new is begun, for ``GIVE_WAY_S`` at most.
        now: The clock, UTC.
        hold_s: See ``HOLD_S``.
    """

    def __init__(
        self,
        store: Storage,
        channel: MessageChannel,
        work: Callable[[StoredMessage], Awaitable[None]],
        rescue: Callable[[StoredMessage], Awaitable[None]],
        *,
        give_way: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = utc_now,
        hold_s: float = HOLD_S,
    ) -> None:
        self._store = store
        self._channel = channel
        self._work = work
        self._rescue = rescue
        self._give_way = give_way
        self._begun_at = 0.0
        self._now = now
        self._hold = timedelta(seconds=hold_s)
        self._news = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._trouble = ""

    def touch(self) -> None:
        """Note that messages have come; returns at once."""
        self._news.set()

    async def run(self) -> NoReturn:
        """Work until cancelled."""
        try:
            while True:
                await self._begin_due()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._news.wait()
                        await asyncio.sleep(GATHER_S)
                self._news.clear()
        finally:
            working = list(self._busy.values())
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    async def _begin_due(self) -> None:
        """Begin work on the first message of each person who is not being answered yet."""
        free = AT_ONCE - len(self._busy)
        if free <= 0 or (self._give_way() and time.monotonic() < self._begun_at + GIVE_WAY_S):
            return
        self._begun_at = time.monotonic()
        now = self._now()
        try:
            due = await self._store.read(
                lambda uow: uow.chat_in.due(self._channel, now, now - self._hold, tuple(self._busy), free)
            )
            if begun := [message.id for message in due if message.attempts < MAX_ATTEMPTS]:
                await self._store.write(lambda uow: uow.chat_in.begin(begun))
        except StorageUnavailableError as trouble:
            self._tell(trouble)
            return
        self._trouble = ""
        for message in due:
            person = message.message.person
            task = asyncio.create_task(self._take(message), name=f"{self._channel}-message")
            self._busy[person] = task
            task.add_done_callback(lambda _, person=person: self._done(person))  # type: ignore[misc]

    def _done(self, person: int) -> None:
        del self._busy[person]
        self._news.set()

    async def _take(self, message: StoredMessage) -> None:
        """Work one message off, whatever becomes of it."""
        try:
            if message.attempts >= MAX_ATTEMPTS:
                await self._set_aside(message, message.note or "its work never came to an end")
            else:
                await self._attempt(message)
        except StorageUnavailableError as trouble:
            self._tell(trouble)
            await asyncio.sleep(TROUBLE_RETRY_S)
        except Exception as error:  # noqa: BLE001 - a fault of ours in what keeps all others going
            _log.error("%s message %d is left for now: %s", self._channel, message.id, _place_of(error))
            await asyncio.sleep(TROUBLE_RETRY_S)

    async def _attempt(self, message: StoredMessage) -> None:
        try:
            await self._work(message)
        except (PutOffError, StorageUnavailableError) as trouble:
            self._tell(trouble)
            due, why = self._now() + timedelta(seconds=TROUBLE_RETRY_S), str(trouble)
            await self._store.write(lambda uow: uow.chat_in.retry(message.id, due, why, counted=False))
        except Exception as error:  # noqa: BLE001 - whatever a message does to it
            await self._failed(message, _place_of(error))

    async def _failed(self, message: StoredMessage, why: str) -> None:
        attempts = message.attempts + 1
        _log.warning("%s message %d could not be worked off, attempt %d: %s", self._channel, message.id, attempts, why)
        if attempts >= MAX_ATTEMPTS:
            await self._set_aside(message, why)
            return
        due = self._now() + timedelta(seconds=RETRY_S[attempts - 1])
        await self._store.write(lambda uow: uow.chat_in.retry(message.id, due, why))

    async def _set_aside(self, message: StoredMessage, why: str) -> None:
        try:
            await self._rescue(message)
        except StorageUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            why = f"{why}; not saved: {_place_of(error)}"
        await self._store.write(lambda uow: uow.chat_in.set_aside(message.id, why))
        _log.error("%s message %d is set aside: %s", self._channel, message.id, why)

    def _tell(self, trouble: Exception) -> None:
        if str(trouble) != self._trouble:
            _log.warning("messages by %s wait: %s", self._channel, trouble)
        self._trouble = str(trouble)


def _place_of(error: BaseException) -> str:
    """Return an error's type and where it arose: its text may repeat what a citizen wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    where = (
        f" in {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename.rpartition('/')[2]}" if frames else ""
    )
    return f"{type(error).__name__}{where}"

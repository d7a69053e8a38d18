"""Citizens who reached nobody and are called back by an operator: the list, and the call of whoever takes one.

A call goes through committed steps. It is **taken**, in one transaction, by one operator, whose telephone rings; nobody
else gets it, and no machine calls that number meanwhile. Once citizen and operator speak with each other, it is
**over**. A citizen who does not answer is put back on the list, counted; an operator who does not lift changes nothing.
A service that dies in between counts as a try: nobody is called twice for that.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from agi.console.errors import refusal
from agi.dialplan import CITIZEN, FOR, LANGUAGE
from router.masking import mask
from router.phone_numbers import normalise
from router.polling import log_trouble, poll_forever
from router.retry import retry
from router.storage.errors import StorageUnavailableError
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.console.callback_log import CallbackLog
    from agi.console.telephone import ConsoleCall, OperatorTelephone
    from agi.core import Core
    from router.model.calls.attended_callback import AttendedCallback
    from router.storage.repositories.calls.attended_callback_repository import OpenCallback
    from router.storage.unit_of_work import UnitOfWork

POLL_INTERVAL_S: Final = 3.0
GRACE_S: Final = 10.0
"""After the end of a call: what was said in it is in the store by then, and a ticket of it too."""
LOOK_BACK: Final = timedelta(hours=1)
"""How long ago a call arrived that may end now: longer ones have been spoken in."""
FIRST_LOOK_BACK: Final = timedelta(hours=12)
"""The same at the start of the service, which may have been away for the night."""
EXPIRES: Final = timedelta(hours=24)
"""Who reached nobody a day ago has called again or found another way; a call then only frightens."""
MAX_ATTEMPTS: Final = 3
"""Calls in vain after which nobody tries again."""
TAKEN_LIMIT: Final = timedelta(minutes=5)
"""From taking one to speaking: both telephones ring, a minute each at most."""
STORE_RETRY_DELAY_S: Final = 2.0

_log = logging.getLogger(__name__)


class AttendedCallbacks:
    """Keeps the list, shows it, and places the calls.

    Args:
        core: The store, and the broker where the list is shown.
        telephone: Rings operators.
        log: Writes the calls down.
    """

    def __init__(self, core: Core, telephone: OperatorTelephone, log: CallbackLog) -> None:
        self._store = core.store
        self._show = core.broker.callbacks.set_all
        self._telephone = telephone
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> NoReturn:
        """Keep the list until cancelled."""
        begin = partial(self._store.write, lambda uow: uow.attended_callbacks.release_all("the service ended", _now()))
        await retry(begin, delay_s=POLL_INTERVAL_S, troubles=(StorageUnavailableError,))
        await retry(partial(self.look, FIRST_LOOK_BACK), delay_s=POLL_INTERVAL_S, troubles=(StorageUnavailableError,))
        tell = partial(log_trouble, _log, "callers who reached nobody are looked for later")
        await poll_forever(self.look, every_s=POLL_INTERVAL_S, troubles=(StorageUnavailableError,), tell=tell)

    async def close(self) -> None:
        """Calls go on without us."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def look(self, back: timedelta = LOOK_BACK) -> None:
        """Bring the list up to date. Raises StorageUnavailableError."""
        now = _now()

        def job(uow: UnitOfWork) -> list[OpenCallback]:
            uow.attended_callbacks.find_new(now - back, now - timedelta(seconds=GRACE_S), now + EXPIRES)
            uow.attended_callbacks.prune(now)
            return uow.attended_callbacks.open()

        found = await self._store.write(job)
        self._show({one.callback.callback: one.callback.model_dump(mode="json") for one in found})

    async def list_open(self) -> list[AttendedCallback]:
        """Return those to be called, the longest waiting first. Raises StorageUnavailableError."""
        return [one.callback for one in await self._store.read(lambda uow: uow.attended_callbacks.open())]

    async def take(self, operator: str, name: str) -> AttendedCallback:
        """Give a callback to an operator, and ring the operator's telephone.

        Raises:
            CommandRefusedError: It is somebody else's, over, or not to be called now; or the telephone is in a call.
            StorageUnavailableError: Nothing was done.
        """
        self._telephone.check_free(operator)
        now = _now()
        taken, found = await self._store.write(
            lambda uow: uow.attended_callbacks.take(name, operator, now, now + TAKEN_LIMIT)
        )
        if taken != "taken" or found is None:
            raise refusal(taken, name=name, who=found.callback.taken_by if found else "")
        task = asyncio.create_task(self._call(operator, found), name=f"callback {name} of {operator}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await self._look_later()
        return found.callback

    async def drop(self, operator: str, name: str) -> None:
        """Take one off the list, though nobody has called.

        Raises:
            CommandRefusedError: There is none, or an operator calls just now.
            StorageUnavailableError: Nothing was done.
        """

        def job(uow: UnitOfWork) -> str:
            found = uow.attended_callbacks.of(name)
            if found is None:
                return "no-callback"
            if found.callback.taken_by:
                return f"taken-already {found.callback.taken_by}"
            uow.attended_callbacks.finish(found.row, f"dropped by operator {operator}")
            return ""

        why, _, who = (await self._store.write(job)).partition(" ")
        if why:
            raise refusal(why, name=name, who=who)
        await self._look_later()

    async def _call(self, operator: str, found: OpenCallback) -> None:
        callback = found.callback
        _log.info("operator %s calls %s back (%s)", operator, mask(callback.phone), callback.callback)
        why, tried = "a fault of the program", True
        try:
            with self._telephone.new_call() as call:
                why, tried = await self._until_spoken(call, operator, found)
                if not why:
                    await self._log.until_over(call)
        except CommandRefusedError as refused:
            why, tried = refused.reason, False
        except Exception:  # noqa: BLE001 - it must not stay taken
            _log.exception("callback %s of operator %s failed", callback.callback, operator)
        if why:
            await self._give_back(found, why, tried=tried)

    async def _until_spoken(self, call: ConsoleCall, operator: str, found: OpenCallback) -> tuple[str, bool]:
        """Why citizen and operator do not speak, and whether the citizen was called; ("", True) once they do."""
        callback = found.callback
        number = normalise(callback.phone).national
        values = {CITIZEN: number, FOR: callback.helpline, LANGUAGE: callback.language}
        await self._telephone.ring(call, operator, "callback", **values)
        async with asyncio.timeout(TAKEN_LIMIT.total_seconds()):
            while True:
                news, called = await call.news.get(), bool(call.citizen)
                if news.said == "unlifted":
                    return f"operator {operator} did not lift", False
                if news.said == "calling":
                    await self._log.calling(call, operator, callback)
                elif news.said == "speaking":
                    await self._write(lambda uow: uow.attended_callbacks.finish(found.row, f"spoke with {operator}"))
                    self._log.speaking(call)
                    await self._look_later()
                    return "", True
                elif news.said == "ended":
                    await self._log.not_reached(call, news.status)
                    return news.status.lower() or "no answer", called and news.status != "FULL"
                elif news.said == "lost":
                    return "the link to Asterisk broke", called

    async def _give_back(self, found: OpenCallback, why: str, *, tried: bool) -> None:
        def job(uow: UnitOfWork) -> None:
            if tried and found.callback.attempts + 1 >= MAX_ATTEMPTS:
                uow.attended_callbacks.finish(found.row, f"unreached: {why}")
            else:
                uow.attended_callbacks.give_back(found.row, why, _now(), tried=tried)

        await self._write(job)
        await self._look_later()

    async def _write(self, job: Callable[[UnitOfWork], object]) -> None:
        tell = partial(_log.warning, "what became of a callback is written later: %s")
        write = partial(self._store.write, job)
        await retry(write, delay_s=STORE_RETRY_DELAY_S, troubles=(StorageUnavailableError,), tell=tell)

    async def _look_later(self) -> None:
        with contextlib.suppress(StorageUnavailableError):  # the next look shows it
            await self.look()


def _now() -> datetime:
    return datetime.now(UTC)

"""Conditions of notices to the public: one cannot be spoken, or ends soon."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.india import short
from warroom.monitoring.conditions.condition import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Protocol

    from router.storage.engine import Storage

    class Builds(Protocol):
        """Makes the sounds."""

        @property
        def failed(self) -> Mapping[str, str]:
            """By prompt, why one could not be made."""
            ...


SOON: Final = timedelta(minutes=30)
"""Time to write and hear its next revision, where it still holds."""


class NoticeUnspoken:
    """The sound of a notice cannot be made: nobody can hear it, so that it cannot be published.

    Args:
        builder: Makes the sounds.
    """

    def __init__(self, builder: Builds) -> None:
        self._builder = builder

    async def check(self) -> Trouble | None:
        """Check."""
        failed = sorted(self._builder.failed.items())
        if not failed:
            return None
        name, why = failed[0]
        which = name.removeprefix("notice-").rpartition("-")[0]
        return Trouble(
            f"notice {which} cannot be spoken: {why}",
            f"सूचना {which} की आवाज़ नहीं बन सकी: उसे छोटा या सरल कीजिए",
            f"warroom notice update {which} --spoken … --spoken-hi …",
        )


class NoticeEnding:
    """A published notice ends soon.

    Args:
        store: Has them.
        now: The clock, UTC.
    """

    def __init__(self, store: Storage, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._now = now

    async def check(self) -> Trouble | None:
        """Check. Raises StorageUnavailableError: the state is unknown now."""
        now = self._now()
        published = await self._store.read(lambda uow: uow.notices.published())
        soon = [one for one in published if now < one.ends <= now + SOON and one.ends - one.starts > SOON]
        if not soon:
            return None
        first = min(soon, key=lambda one: one.ends)
        return Trouble(
            f"notice {first.id} ({first.event}, {first.area}) ends at {short(first.ends)} IST",
            f"सूचना {first.id} ({first.event_hi}, {first.area_hi}) {short(first.ends)} पर समाप्त होगी",
            f"warroom notice update {first.id} --until …, if it still holds",
        )

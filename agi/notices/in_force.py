"""The notices that callers hear now, kept in memory: no call waits for the store or the disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from agi.ivr.prompt_names import Prompt
from agi.prompts.catalog import LANGUAGES
from router.clock import utc_now
from router.model.notice import NoticeStatus
from router.notices.refusals import BUILDING
from router.polling import log_trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from datetime import datetime

    from agi.notices.sounds import NoticeSounds
    from router.localized import LocalizedMessage
    from router.model.notice import Notice
    from router.notices.service import NoticeService

POLL_INTERVAL_S: Final = 2.0
"""A notice that a command on the machine withdraws is told to no caller after this; a look is one small query."""
MAX_NOTICES: Final = 2
"""Told at one place in a call: the caller has a trouble of their own."""

_SEVERITY: Final = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")

_log = logging.getLogger(__name__)


class _Spoken(NamedTuple):
    notice: Notice
    languages: frozenset[str]


class NoticesInForce:
    """What is published, and which of it can be heard.

    Args:
        notices: Knows them; its store is open when this runs.
        sounds: Where their sounds are.
        now: The clock, UTC.
    """

    def __init__(self, notices: NoticeService, sounds: NoticeSounds, now: Callable[[], datetime] = utc_now) -> None:
        self._notices = notices
        self._sounds = sounds
        self._now = now
        self._spoken: tuple[_Spoken, ...] = ()
        self._ready: frozenset[str] = frozenset()
        self._look = asyncio.Event()

    async def run(self) -> NoReturn:
        """Follow the store until cancelled, and end the notices whose time is over."""
        told = ""
        while True:
            try:
                await self._notices.expire()
                await self.refresh()
                told = ""
            except Exception as trouble:  # noqa: BLE001 - a fault here must not end the process that takes calls
                if str(trouble) != told:
                    log_trouble(_log, "notices are looked at later", trouble)
                told = str(trouble)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_INTERVAL_S):
                    await self._look.wait()
            self._look.clear()

    async def refresh(self) -> None:
        """Read what is published, and look which sounds are there.

        Raises:
            StorageUnavailableError: what was known stays.
        """
        found = await self._notices.notices(limit=_MAX_OPEN)
        ready = await asyncio.to_thread(self._heard_of, found)
        self._ready = frozenset(name for name, languages in ready.items() if languages == frozenset(LANGUAGES))
        published = [one for one in found if one.status is NoticeStatus.PUBLISHED]
        order = sorted(published, key=lambda one: one.published or one.made, reverse=True)
        order.sort(key=lambda one: _SEVERITY.index(one.severity))
        self._spoken = tuple(_Spoken(one, ready[one.prompt]) for one in order)

    def _heard_of(self, notices: list[Notice]) -> Mapping[str, frozenset[str]]:
        return {one.prompt: self._sounds.languages(one) for one in notices}

    def changed(self) -> None:
        """Look at the notices at once."""
        self._look.set()

    def trouble(self, notice: Notice) -> LocalizedMessage | None:
        """Return why a revision cannot be heard yet; None when it can."""
        return None if notice.prompt in self._ready else BUILDING

    @property
    def by_district(self) -> bool:
        """Whether one of them is not for the whole state."""
        return any(one.notice.districts for one in self._spoken)

    def to_tell(self, language: str, district: str | None, told: Container[str]) -> list[Prompt]:
        """Return what a caller is told now: the gravest first, then the newest.

        Args:
            language: ``hi`` or ``en``.
            district: Where the caller is; None: not known, then only what is for the whole state.
            told: Prompts that this caller has heard.
        """
        now = self._now()
        found = [
            Prompt(notice.prompt)
            for notice, languages in self._spoken
            if language in languages
            and notice.starts <= now < notice.ends
            and notice.concerns(district)
            and notice.prompt not in told
        ]
        return found[:MAX_NOTICES]


_MAX_OPEN: Final = 1_000

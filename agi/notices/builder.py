"""Has the sounds of notices made as they are written, away from the process of the calls."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from agi.notices.sounds import MAX_S, UnspokenNoticeError
from agi.prompts.catalog import LANGUAGES
from agi.prompts.errors import PromptError
from router.clock import utc_now
from router.polling import log_trouble, poll_forever

if TYPE_CHECKING:
    from agi.notices.sounds import NoticeSounds
    from agi.spoken_texts.speaker import Speaker
    from router.model.notice import Notice
    from router.storage.engine import Storage

POLL_INTERVAL_S: Final = 2.0
"""Who has written a notice wants to hear it; a look is one small query."""
RETRY_S: Final = 60.0
"""A voice that fails is tried again, not without end."""
_KEPT: Final = timedelta(minutes=10)  # a caller who hears the sound of a notice that ends now has heard it by then
_MAX_OPEN: Final = 1_000
_NEWEST: Final = 100  # revisions among which those are that ended a moment ago

_log = logging.getLogger(__name__)


class NoticeBuilder:
    """Makes the sound of each notice that is open, and removes those of the others.

    Args:
        store: Open when this runs.
        sounds: Where they are kept.
        speaker: Speaks them.

    Attributes:
        failed: By prompt name, why a sound could not be made.
    """

    def __init__(self, store: Storage, sounds: NoticeSounds, speaker: Speaker) -> None:
        self._store = store
        self._sounds = sounds
        self._speaker = speaker
        self.failed: dict[str, str] = {}
        self._tried: dict[str, float] = {}

    async def run(self) -> NoReturn:
        """Do so until cancelled."""
        tell = partial(log_trouble, _log, "notices are looked at later")
        await poll_forever(self.build, every_s=POLL_INTERVAL_S, troubles=(Exception,), tell=tell)

    async def build(self) -> None:
        """Do so once.

        Raises:
            StorageUnavailableError: the store cannot be read.
            OSError: a sound cannot be written.
        """
        found = await self._store.read(lambda uow: uow.notices.list_notices(open_only=True, limit=_MAX_OPEN))
        ended = await self._store.read(lambda uow: uow.notices.list_notices(open_only=False, limit=_NEWEST))
        wanted = {one.prompt for one in found} | {
            one.prompt for one in ended if one.ended and one.ended > utc_now() - _KEPT
        }
        for name in self.failed.keys() - {one.prompt for one in found}:
            del self.failed[name]
        await asyncio.to_thread(self._sounds.remove_all_but, wanted)
        for notice in found:
            if not await asyncio.to_thread(self._sounds.ready, notice):
                await self._make(notice)

    async def _make(self, notice: Notice) -> None:
        name, now = notice.prompt, asyncio.get_running_loop().time()
        if name in self.failed and now < self._tried[name] + RETRY_S:
            return
        self._tried[name] = now
        try:
            for language in LANGUAGES:
                await self._speak(notice, language)
        except UnspokenNoticeError as error:
            self.failed[name] = str(error)
            _log.warning("notice %s, revision %d, cannot be spoken: %s", notice.id, notice.revision, error)
            return
        self.failed.pop(name, None)
        _log.info("notice %s, revision %d, can be heard", notice.id, notice.revision)

    async def _speak(self, notice: Notice, language: str) -> None:
        try:
            await self._speaker.speak(notice.said(language), self._sounds.target(notice, language), max_s=MAX_S)
        except PromptError as error:
            raise UnspokenNoticeError(language, str(error)) from error

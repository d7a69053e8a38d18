"""The notice service: each step of a notice, in one transaction with all that follows from it."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.model.job import NOTICE_MESSAGES
from router.model.notice import STATUS_WORDS, Notice, NoticeContent, NoticeStatus
from router.model.rooms.decided_command import Decided, digest
from router.notices.cap.message import make_message, reference_to
from router.notices.draft import make_content
from router.notices.messages import drop_messages
from router.notices.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.geo import Places
    from router.notices.cap.message import Kind
    from router.notices.draft import NoticeWords
    from router.notices.settings import NoticeSettings
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

_GIVER: Final = "notices"  # in the list of commands: no room and no operator has this name
_MAX_OPEN: Final = 1_000  # more at a time is nobody's work
_SERIALS: Final = 1_000_000  # ids are drawn, not counted: a store restored from a backup gives none out twice


class NoticeService:
    """Writes, publishes and withdraws notices.

    Args:
        store: Open.
        places: Districts.
        settings: Who publishes them.
        node: This node: ids begin with it.
        now: The clock, UTC.
    """

    def __init__(
        self,
        store: Storage,
        places: Places,
        settings: NoticeSettings,
        *,
        node: int,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._places = places
        self._settings = settings
        self._node = node
        self._now = now
        self._codes = {one.id: one.lgd for one in places.districts.values() if one.lgd}

    async def add(self, words: NoticeWords, *, by: str, key: str = "") -> Notice:
        """Write a new notice, a draft.

        Args:
            words: What it says.
            by: The person.
            key: Names this wish: said again with the same one, it is the same notice.

        Raises:
            CommandRefusedError: it is not complete.
            StorageUnavailableError: nothing was written.
        """

        def write(uow: UnitOfWork) -> Notice:
            content = make_content(words, None, self._places, self._settings, self._now())
            return self._add(uow, content, self._new_id(uow), 1, by)

        return await self._once(key, words.model_dump_json(), write)

    async def update(self, notice_id: str, words: NoticeWords, *, by: str, key: str = "") -> Notice:
        """Write the next revision of a notice: a draft, which takes the place of a draft; what is published stays.

        Raises:
            CommandRefusedError: there is no such notice, it is over, or the words are not complete.
            StorageUnavailableError: nothing was written.
        """

        def write(uow: UnitOfWork) -> Notice:
            revisions = _open_revisions(uow, notice_id)
            last = revisions[-1]
            content = make_content(words, last, self._places, self._settings, self._now())
            for draft in revisions:
                if draft.status in {NoticeStatus.DRAFT, NoticeStatus.HEARD}:
                    self._end(uow, draft, NoticeStatus.REPLACED, by)
            return self._add(uow, content, notice_id, last.revision + 1, by)

        return await self._once(key, f"{notice_id} {words.model_dump_json()}", write)

    async def hear(self, notice_id: str, revision: int, *, by: str) -> Notice:
        """Note that a person has heard a revision and found it right.

        Raises:
            CommandRefusedError: there is no such notice, it is over, or there is a newer revision.
            StorageUnavailableError: nothing was written.
        """

        def write(uow: UnitOfWork) -> Notice:
            notice = _newest(uow, notice_id, revision)
            if notice.status is not NoticeStatus.DRAFT:
                return notice
            heard = notice.model_copy(update={"status": NoticeStatus.HEARD, "heard": self._now(), "heard_by": by})
            uow.notices.update(heard)
            return heard

        return await self._store.write(write)

    async def publish(self, notice_id: str, revision: int | None = None, *, by: str) -> Notice:
        """Publish a revision that was heard; it takes the place of what is published of this notice.

        Args:
            notice_id: The notice's.
            revision: The one that the person means; None: the newest.
            by: The person.

        Raises:
            CommandRefusedError: nobody has heard it, its end is over, or there is a newer revision.
            StorageUnavailableError: nothing was published.
        """
        return await self._store.write(
            partial(self._publish, notice_id=notice_id, revision=revision, by=by), outbox=True
        )

    async def withdraw(self, notice_id: str, *, by: str, reason: str = "") -> Notice:
        """Take a notice back, with its drafts: after the commit it is told to nobody any more.

        Raises:
            CommandRefusedError: there is no such notice.
            StorageUnavailableError: nothing was taken back.
        """
        return await self._store.write(partial(self._withdraw, notice_id=notice_id, by=by, reason=reason), outbox=True)

    async def expire(self) -> int:
        """End the notices whose time is over; how many there were.

        Raises:
            StorageUnavailableError: the next look does it.
        """
        now = self._now()

        def over(uow: UnitOfWork) -> list[Notice]:
            return [one for one in uow.notices.list_notices(open_only=True, limit=_MAX_OPEN) if one.ends <= now]

        def write(uow: UnitOfWork) -> int:
            found = over(uow)
            for notice in found:
                self._end(uow, notice, NoticeStatus.EXPIRED, "clock")
            for notice_id in {notice.id for notice in found}:
                uow.notices.publish(notice_id)
            return len(found)

        return await self._store.write(write, outbox=True) if await self._store.read(over) else 0

    async def notices(self, *, open_only: bool = True, limit: int = 100) -> list[Notice]:
        """Return revisions, newest first."""
        return await self._store.read(lambda uow: uow.notices.list_notices(open_only=open_only, limit=limit))

    async def revisions(self, notice_id: str) -> list[Notice]:
        """Return all revisions of a notice, oldest first."""
        return await self._store.read(lambda uow: uow.notices.revisions(notice_id))

    # the methods below run in the writer's thread, in a transaction

    async def _once(self, key: str, content: str, write: Callable[[UnitOfWork], Notice]) -> Notice:
        def job(uow: UnitOfWork) -> Notice:
            before = uow.commands.find(_GIVER, key) if key else None
            if before:
                notice_id, _, revision = before.reply.partition("/")
                return next(one for one in uow.notices.revisions(notice_id) if str(one.revision) == revision)
            notice = write(uow)
            if key:
                uow.commands.add(_GIVER, key, Decided(digest(content), f"{notice.id}/{notice.revision}"))
            return notice

        return await self._store.write(job)

    def _add(self, uow: UnitOfWork, content: NoticeContent, notice_id: str, revision: int, by: str) -> Notice:
        own = {"id": notice_id, "revision": revision, "made": self._now(), "made_by": by}
        notice = Notice.model_validate(content.model_dump(include=set(NoticeContent.model_fields)) | own)
        uow.notices.add(notice)
        return notice

    def _new_id(self, uow: UnitOfWork) -> str:
        while True:
            found = f"{self._node}-{secrets.randbelow(_SERIALS):06}"
            if not uow.notices.exists(found):
                return found

    def _publish(self, uow: UnitOfWork, notice_id: str, revision: int | None, by: str) -> Notice:
        revisions = _open_revisions(uow, notice_id)
        notice = _newest(uow, notice_id, revisions[-1].revision if revision is None else revision)
        if notice.status is NoticeStatus.PUBLISHED:
            return notice
        if notice.status is not NoticeStatus.HEARD:
            raise refusal("not-heard", name=notice_id, revision=notice.revision)
        now = self._now()
        if notice.ends <= now:
            raise refusal("ends-past")
        before = next((one for one in revisions if one.status is NoticeStatus.PUBLISHED), None)
        if before:
            self._end(uow, before, NoticeStatus.REPLACED, by)
        cap = self._tell_cap(uow, notice, "Update" if before else "Alert", before.cap if before else "")
        after = {"status": NoticeStatus.PUBLISHED, "published": now, "published_by": by, "cap": cap}
        published = notice.model_copy(update=after)
        uow.notices.update(published)
        uow.notices.publish(notice_id)
        payload = {"notice": notice_id, "revision": notice.revision}
        uow.jobs.add(NOTICE_MESSAGES, f"{notice_id}/{notice.revision}", payload, now)
        return published

    def _withdraw(self, uow: UnitOfWork, notice_id: str, by: str, reason: str) -> Notice:
        revisions = uow.notices.revisions(notice_id)
        if not revisions:
            raise refusal("no-notice", name=notice_id)
        result = revisions[-1]
        for notice in revisions:
            if not notice.is_open:
                continue
            ended = self._end(uow, notice, NoticeStatus.WITHDRAWN, by, reason)
            result = ended if result.revision == ended.revision else result
            if notice.status is NoticeStatus.PUBLISHED:
                self._tell_cap(uow, ended, "Cancel", notice.cap)
        uow.notices.publish(notice_id)
        return result

    def _end(self, uow: UnitOfWork, notice: Notice, status: NoticeStatus, by: str, reason: str = "") -> Notice:
        now = self._now()
        ended = notice.model_copy(update={"status": status, "ended": now, "ended_by": by, "reason": reason})
        uow.notices.update(ended)
        drop_messages(uow, ended, now)
        return ended

    def _tell_cap(self, uow: UnitOfWork, notice: Notice, kind: Kind, references: str) -> str:
        message = make_message(notice, kind, self._now(), self._settings, references=references, codes=self._codes)
        uow.notices.add_cap(message)
        return reference_to(message)


def _open_revisions(uow: UnitOfWork, notice_id: str) -> list[Notice]:
    revisions = uow.notices.revisions(notice_id)
    if not revisions:
        raise refusal("no-notice", name=notice_id)
    if not any(one.is_open for one in revisions):
        raise refusal("notice-over", name=notice_id, status=STATUS_WORDS[revisions[-1].status])
    return revisions


def _newest(uow: UnitOfWork, notice_id: str, revision: int) -> Notice:
    newest = _open_revisions(uow, notice_id)[-1]
    if newest.revision != revision:
        raise refusal("not-newest", name=notice_id, revision=revision)
    if not newest.is_open:
        raise refusal("notice-over", name=notice_id, status=STATUS_WORDS[newest.status])
    return newest

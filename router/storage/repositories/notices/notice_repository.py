"""Notices to the public. What is published of one lies retained: each change of that adds its outbox row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.clock import sortable
from router.model.notice import CapMessage, Notice, NoticeStatus, PublicNotice
from router.storage.readable import parsed, readable
from router.storage.repositories.outbox_repository import OutboxRepository
from router.storage.schema import cap_messages, notices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from router.model.messages import MessageBuilder

KEY = "notice/"
"""Prefix of the outbox key of a notice."""

_DOCUMENT = sa.select(notices.c.document)
_OF_NOTICE = _DOCUMENT.where(notices.c.id == sa.bindparam("which")).order_by(notices.c.revision)
_PUBLISHED = notices.c.is_open.is_(True) & (notices.c.status == NoticeStatus.PUBLISHED.value)


def key_of(notice_id: str) -> str:
    """Return the outbox key of a notice: ``notice/<id>``."""
    return f"{KEY}{notice_id}"


class NoticeRepository:
    """Revisions of notices, and what was published of them by CAP."""

    def __init__(self, connection: sa.Connection, messages: MessageBuilder) -> None:
        self._connection = connection
        self._messages = messages

    def add(self, notice: Notice) -> None:
        """Write a new revision, a draft."""
        values = {"id": notice.id, "revision": notice.revision, "made": sortable(notice.made), **_columns(notice)}
        self._connection.execute(sa.insert(notices), values)

    def update(self, notice: Notice) -> None:
        """Write how far a revision has come."""
        where = (notices.c.id == notice.id, notices.c.revision == notice.revision)
        self._connection.execute(sa.update(notices).where(*where).values(**_columns(notice)))

    def take_over(self, found: PublicNotice) -> bool:
        """Write a notice as it lies at the broker, unless the same or a later revision is known; say whether it was."""
        if self.versions([found.id]).get(found.id, 0) >= found.version:
            return False
        for older in self.revisions(found.id):
            if older.is_open:
                self.update(older.model_copy(update={"status": NoticeStatus.REPLACED, "ended": found.published}))
        own = {"revision": found.version, "status": NoticeStatus.PUBLISHED, "made": found.published}
        self.add(Notice.model_validate(found.model_dump() | own))
        return True

    def publish(self, notice_id: str) -> None:
        """Lay what is published of a notice now on its topic, or empty that."""
        message = next(
            (
                self._messages.of_notice(one)
                for one in self.revisions(notice_id)
                if one.status is NoticeStatus.PUBLISHED
            ),
            None,
        )
        OutboxRepository(self._connection).replace(
            key_of(notice_id), message, [self._messages.topic_of_notice(notice_id)]
        )

    def exists(self, notice_id: str) -> bool:
        """Tell whether an id is given out."""
        return self._connection.execute(_OF_NOTICE.limit(1), {"which": notice_id}).first() is not None

    def revisions(self, notice_id: str) -> list[Notice]:
        """Return all revisions of a notice, oldest first; none when there is no such notice."""
        return readable(Notice, self._connection.execute(_OF_NOTICE, {"which": notice_id}).scalars())

    def list_notices(self, *, open_only: bool, limit: int) -> list[Notice]:
        """Return revisions, newest first."""
        query = _DOCUMENT.order_by(notices.c.made.desc(), notices.c.id, notices.c.revision.desc()).limit(limit)
        if open_only:
            query = query.where(notices.c.is_open.is_(True))
        return readable(Notice, self._connection.execute(query).scalars())

    def published(self) -> list[Notice]:
        """Return what is published, in the order of the ids."""
        query = _DOCUMENT.where(_PUBLISHED).order_by(notices.c.id)
        return readable(Notice, self._connection.execute(query).scalars())

    def published_one(self, notice_id: str) -> Notice | None:
        """Return what is published of a notice. Raises UnreadableDocumentError."""
        query = _DOCUMENT.where(_PUBLISHED, notices.c.id == notice_id)
        document = self._connection.execute(query).scalar()
        return None if document is None else parsed(Notice, document, f"notice {notice_id}")

    def published_after(self, notice_id: str, count: int) -> list[tuple[str, Notice | None]]:
        """Return what is published in the order of the ids, those after one; None for what cannot be read."""
        query = sa.select(notices.c.id, notices.c.document).where(_PUBLISHED, notices.c.id > notice_id)
        rows = self._connection.execute(query.order_by(notices.c.id).limit(count))
        return [(row[0], next(iter(readable(Notice, [row[1]])), None)) for row in rows]

    def versions(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the newest revision of those of these notices that there are."""
        query = sa.select(notices.c.id, sa.func.max(notices.c.revision)).where(notices.c.id.in_(ids))
        return {row[0]: row[1] for row in self._connection.execute(query.group_by(notices.c.id))}

    def add_cap(self, message: CapMessage) -> None:
        """Write a CAP message that goes out with this transaction."""
        values = {
            "identifier": message.identifier,
            "sent": sortable(message.sent),
            "expires": sortable(message.expires),
            "document": message.model_dump_json(),
        }
        self._connection.execute(sa.insert(cap_messages), values)

    def cap(self, identifier: str) -> CapMessage | None:
        """Return a CAP message. Raises UnreadableDocumentError."""
        query = sa.select(cap_messages.c.document).where(cap_messages.c.identifier == identifier)
        document = self._connection.execute(query).scalar()
        return None if document is None else parsed(CapMessage, document, f"CAP message {identifier}")

    def caps_until(self, now: datetime, limit: int) -> list[CapMessage]:
        """Return the CAP messages whose notices have not ended, newest first."""
        query = sa.select(cap_messages.c.document).where(cap_messages.c.expires > sortable(now))
        query = query.order_by(cap_messages.c.sent.desc(), cap_messages.c.identifier).limit(limit)
        return readable(CapMessage, self._connection.execute(query).scalars())


def _columns(notice: Notice) -> dict[str, object]:
    return {"status": notice.status.value, "is_open": notice.is_open, "document": notice.model_dump_json()}

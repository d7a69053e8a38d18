"""What a store that was lost gets back of recordings: their rows, without their rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recordings.transcription.transcription_hook import ask_for_transcription
from router.model.calls.recording_record import RecordingState
from router.model.job import TRANSCRIBE
from tests.support.stores import new_recordings, opened_desk, opened_store, places, report
from warroom.services.maintenance.store_recovery import recordings_of

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE, CALL, OTHER = "20260101T000000Z-7.1-104-en.wav", "20260101T000059Z-7.2-104-hi.talk.wav", "other.wav"


async def test_recordings_of_a_ticket_taken_over_get_their_rows_and_recorded_calls_no_transcription(
    tmp_path: Path,
) -> None:
    async with opened_store(tmp_path / "lost.sqlite") as store, opened_desk(store) as desk:
        ticket = await desk.open(report("7.1/1", call="7.1", recordings=new_recordings(MESSAGE, CALL, OTHER)))
    async with opened_store(tmp_path / "new.sqlite") as store, opened_desk(store) as desk:
        desk.on_change(ask_for_transcription(places()))
        assert await desk.take_over([ticket], recordings_of) == 1
        rows = {name: await desk.recording(name) for name in ticket.recordings}
        waiting = await store.read(lambda uow: uow.jobs.waiting(TRANSCRIBE))
    facts = {name: row and (row.state, row.call, row.helpline, row.language, row.begun) for name, row in rows.items()}
    assert facts == {
        MESSAGE: (RecordingState.WAITING, "7.1", "104", "en", datetime(2026, 1, 1, tzinfo=UTC)),
        CALL: (RecordingState.CALL, "7.2", "104", "hi", datetime(2026, 1, 1, 0, 0, 59, tzinfo=UTC)),
        OTHER: (RecordingState.WAITING, "7.1", "181", "hi", ticket.requested_datetime.replace(microsecond=0)),
    }
    assert waiting == 2

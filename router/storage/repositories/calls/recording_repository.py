"""Recordings in the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from router.model.calls.recording_record import RecordingRecord, RecordingState
from router.storage.portable import insert_or_skip
from router.storage.schema import recordings, tickets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from router.model.calls.recording_record import Transcription

_IN_ONE_QUERY: Final = 500  # names in one statement: SQLite takes 32,766 values, PostgreSQL 65,535


class Aged(NamedTuple):
    """A recording whose time has come.

    Attributes:
        name: Its file name.
        number: The ticket's.
        bytes: Its size; None when nobody has looked yet.
    """

    name: str
    number: str
    bytes: int | None


_ADD = insert_or_skip(recordings, recordings.c.name)
_BY_NAME = sa.select(recordings).where(recordings.c.name == sa.bindparam("which"))
_NUMBER_OF = sa.select(recordings.c.number).where(recordings.c.name == sa.bindparam("which"))
_OF_TICKET = (
    sa.select(recordings)
    .where(recordings.c.number == sa.bindparam("of"))
    .order_by(recordings.c.begun, recordings.c.name)
)


class RecordingRepository:
    """Recordings."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, recorded: RecordingRecord) -> bool:
        """Write a recording down in the transaction that gives it to its ticket; False when it has its row already."""
        values = {
            "name": recorded.name,
            "number": recorded.number,
            "call": recorded.call,
            "helpline": recorded.helpline,
            "phone": recorded.phone,
            "language": recorded.language,
            "state": recorded.state.value,
            "why": recorded.why,
            "begun": _text(recorded.begun),
            "taken": _text(recorded.taken),
            "transcript": "",
            "model": "",
        }
        return self._connection.execute(_ADD, values).rowcount == 1

    def by_name(self, name: str) -> RecordingRecord | None:
        """Return the row of a recording."""
        row = self._connection.execute(_BY_NAME, {"which": name}).mappings().first()
        return None if row is None else _recorded(row)

    def number_of(self, name: str) -> str:
        """Return the number of the ticket that has a recording; there must be one."""
        return str(self._connection.execute(_NUMBER_OF, {"which": name}).scalar_one())

    def of_ticket(self, number: str) -> list[RecordingRecord]:
        """Return a ticket's recordings, oldest first."""
        return [_recorded(row) for row in self._connection.execute(_OF_TICKET, {"of": number}).mappings()]

    def list_recordings(self, *, state: RecordingState | None, limit: int) -> list[RecordingRecord]:
        """Return recordings, newest first."""
        query = sa.select(recordings).order_by(recordings.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(recordings.c.state == state.value)
        return [_recorded(row) for row in self._connection.execute(query).mappings()]

    def after(self, row: int, count: int) -> list[tuple[int, RecordingRecord]]:
        """Return recordings in the order they came, those after row ``row``: to walk through all in steps."""
        query = sa.select(recordings).where(recordings.c.id > row).order_by(recordings.c.id).limit(count)
        return [(found["id"], _recorded(found)) for found in self._connection.execute(query).mappings()]

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Return those of these file names that no ticket has."""
        known: set[str] = set()
        for start in range(0, len(names), _IN_ONE_QUERY):
            some = names[start : start + _IN_ONE_QUERY]
            known.update(
                self._connection.execute(sa.select(recordings.c.name).where(recordings.c.name.in_(some))).scalars()
            )
        return [name for name in names if name not in known]

    def heard(self, name: str, what: Transcription, now: datetime) -> bool:
        """Write a transcript; False when it is already written, or the recording is deleted or unknown."""
        values = {
            "state": what.state.value,
            "why": what.why,
            "heard": _text(now),
            "seconds": what.seconds,
            "bytes": what.bytes,
            "sha256": what.sha256,
            "transcript": what.transcript,
            "confidence": what.confidence,
            "words": json.dumps(what.words, ensure_ascii=False, separators=(",", ":")),
            "model": what.model,
        }
        query = sa.update(recordings).where(
            recordings.c.name == name, recordings.c.state == RecordingState.WAITING.value
        )
        return self._connection.execute(query.values(values)).rowcount == 1

    def measured(self, name: str, *, seconds: float, size: int, sha256: str) -> None:
        """Write how long a recorded call is, its bytes and their checksum: nobody reads it before a person does."""
        self._connection.execute(
            sa.update(recordings).where(recordings.c.name == name).values(seconds=seconds, bytes=size, sha256=sha256)
        )

    def aged(self, state: RecordingState, before: datetime, count: int, *, open_too: bool) -> list[Aged]:
        """Return recordings in a state that are older than a moment, oldest first.

        Args:
            state: Theirs.
            before: Aware.
            count: At most so many.
            open_too: Also those whose ticket is still open.
        """
        query = (
            sa.select(recordings.c.name, recordings.c.number, recordings.c.bytes)
            .where(recordings.c.state == state.value, recordings.c.taken < _text(before))
            .order_by(recordings.c.taken)
            .limit(count)
        )
        if not open_too:
            query = query.join(tickets, tickets.c.number == recordings.c.number).where(tickets.c.is_open.is_(False))
        return [Aged(*row) for row in self._connection.execute(query)]

    def forget(self, names: Iterable[str], now: datetime, why: str) -> None:
        """Record that recordings were deleted, and delete their transcripts and callers."""
        self._connection.execute(
            sa.update(recordings).where(recordings.c.name == sa.bindparam("which")),
            [
                {
                    "which": name,
                    "state": RecordingState.DELETED.value,
                    "why": why,
                    "deleted": _text(now),
                    "phone": None,
                    "transcript": "",
                    "words": None,
                }
                for name in names
            ],
        )

    def counts(self) -> dict[str, int]:
        """Return how many recordings are in each state."""
        query = sa.select(recordings.c.state, sa.func.count()).group_by(recordings.c.state)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def oldest_waiting(self) -> datetime | None:
        """Return since when the oldest recording waits that is not yet transcribed."""
        query = sa.select(sa.func.min(recordings.c.taken)).where(recordings.c.state == RecordingState.WAITING.value)
        text = self._connection.execute(query).scalar()
        return _moment(text) if text else None

    def heard_since(self, since: datetime) -> tuple[int, float]:
        """Return how many recordings were listened to since a moment, and their seconds of sound."""
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(recordings.c.seconds), 0.0))
        row = self._connection.execute(query.where(recordings.c.heard >= _text(since))).one()
        return row[0], row[1]


def _recorded(row: Any) -> RecordingRecord:
    values = {key: row[key] for key in row if key != "id"}
    values["state"] = RecordingState(values["state"])
    values["words"] = tuple(tuple(word) for word in json.loads(values["words"] or "[]"))
    for key in ("begun", "taken", "heard", "deleted"):
        values[key] = _moment(values[key]) if values[key] else None
    return RecordingRecord(**values)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    """A moment as text that sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")

"""Photographs of tickets in the store; their files lie beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from router.model.picture import Picture, PictureState
from router.storage.schema import pictures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from router.model.picture import NewPicture

_IN_ONE_QUERY: Final = 500
_ALL: Final = sa.select(pictures)
_KEPT: Final = pictures.c.state == PictureState.KEPT.value


class PictureRepository:
    """Photographs."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, number: str, picture: NewPicture) -> Picture:
        """Write down a photograph of a ticket; its source must be new."""
        values = {
            "number": number,
            "channel": picture.channel,
            "source": picture.source,
            "media_type": picture.media_type,
            "bytes": picture.size,
            "width": picture.width,
            "height": picture.height,
            "sha256": picture.sha256,
            "caption": picture.caption,
            "received": picture.received.astimezone(UTC).isoformat(timespec="seconds"),
            "state": PictureState.KEPT.value,
        }
        self._connection.execute(sa.insert(pictures).values(values))
        added = self.by_source(picture.source)
        assert added is not None  # noqa: S101 - it was written a line above
        return added

    def by_source(self, source: bytes) -> Picture | None:
        """Return the photograph with a source, whatever its state."""
        return self._first(_ALL.where(pictures.c.source == source))

    def same_bytes(self, number: str, sha256: bytes) -> Picture | None:
        """Return a ticket's photograph that is kept and has these bytes."""
        return self._first(_ALL.where(pictures.c.number == number, pictures.c.sha256 == sha256, _KEPT))

    def count(self, number: str) -> int:
        """Return how many photographs of a ticket can be seen."""
        query = sa.select(sa.func.count()).select_from(pictures).where(pictures.c.number == number, _KEPT)
        return int(self._connection.execute(query).scalar_one())

    def of_tickets(self, numbers: Sequence[str]) -> list[Picture]:
        """Return the photographs of tickets that can be seen, in the order they came."""
        query = _ALL.where(pictures.c.number.in_(numbers), _KEPT).order_by(pictures.c.id)
        return [_picture(row) for row in self._connection.execute(query).mappings()]

    def remove_of(self, numbers: Sequence[str]) -> None:
        """Take all photographs from tickets, and their captions; their files are deleted afterwards."""
        for start in range(0, len(numbers), _IN_ONE_QUERY):
            some = pictures.c.number.in_(numbers[start : start + _IN_ONE_QUERY])
            query = sa.update(pictures).where(some, _KEPT).values(state=PictureState.REMOVED.value, caption="")
            self._connection.execute(query)

    def removed(self, count: int) -> list[Picture]:
        """Return some removed photographs whose file is still to be deleted."""
        query = _ALL.where(pictures.c.state == PictureState.REMOVED.value).order_by(pictures.c.id).limit(count)
        return [_picture(row) for row in self._connection.execute(query).mappings()]

    def mark_deleted(self, ids: Iterable[int]) -> None:
        """Record that the files of photographs are gone."""
        query = sa.update(pictures).where(pictures.c.id.in_(list(ids))).values(state=PictureState.DELETED.value)
        self._connection.execute(query)

    def _first(self, query: sa.Select[Any]) -> Picture | None:
        row = self._connection.execute(query.limit(1)).mappings().first()
        return None if row is None else _picture(row)


def _picture(row: Any) -> Picture:
    return Picture(
        id=row["id"],
        ticket=row["number"],
        channel=row["channel"],
        source=bytes(row["source"]),
        media_type=row["media_type"],
        size=row["bytes"],
        width=row["width"],
        height=row["height"],
        sha256=bytes(row["sha256"]),
        caption=row["caption"],
        received=datetime.fromisoformat(row["received"]),
        state=PictureState(row["state"]),
    )

"""Blocked telephone numbers in the store."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.block import Block
from router.storage.portable import insert_or_replace
from router.storage.schema import blocklist

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


_PUT = insert_or_replace(blocklist)


class BlocklistRepository:
    """Blocked telephone numbers."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def upsert(self, block: Block) -> None:
        """Block a number, or change why and until when."""
        ends = block.until.isoformat() if block.until else None
        self._connection.execute(_PUT, {**block._asdict(), "since": block.since.isoformat(), "until": ends})

    def remove(self, phone: str) -> bool:
        """End a block; returns whether there was one."""
        return bool(self._connection.execute(sa.delete(blocklist).where(blocklist.c.phone == phone)).rowcount)

    def find_by_phone(self, phone: str, now: datetime) -> Block | None:
        """Return a number's block, None when it has none now."""
        row = self._connection.execute(sa.select(blocklist).where(blocklist.c.phone == phone)).mappings().first()
        block = _block(row) if row else None
        return block if block and (block.until is None or block.until > now) else None

    def list_blocks(self) -> list[Block]:
        """Return all blocks, those that have run out too, newest first."""
        rows = self._connection.execute(
            sa.select(blocklist).order_by(blocklist.c.since.desc(), blocklist.c.phone)
        ).mappings()
        return [_block(row) for row in rows]


def _block(row: Mapping[Any, Any]) -> Block:
    until = row["until"]
    return Block(
        row["phone"],
        row["why"],
        row["by"],
        datetime.fromisoformat(row["since"]),
        datetime.fromisoformat(until) if until else None,
    )

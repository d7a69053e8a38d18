"""When a ticket was requested, as a column that can be searched; the keys of other programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEVER = "1970-01-01T00:00:00Z"  # a document without one cannot be read, and must not stop the others
_STEP = 1000  # rows in memory at once


def upgrade() -> None:
    """Add the column, fill it from the documents, then make the indexes."""
    op.add_column("tickets", sa.Column("requested", sa.String(32), nullable=False, server_default=""))
    _fill(op.get_bind())
    op.create_index("tickets_by_requested", "tickets", ["requested", "id"])
    op.create_index("tickets_open_by_requested", "tickets", ["requested", "id"], sqlite_where=sa.text("is_open IS 1"))
    op.create_index("tickets_by_service", "tickets", ["service_code", "requested", "id"])
    op.create_index("tickets_by_district", "tickets", ["district", "requested", "id"])
    op.create_table(
        "api_keys",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("may_file", sa.Boolean, nullable=False),
        sa.Column("may_read_personal", sa.Boolean, nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
    )


def _fill(connection: sa.Connection) -> None:
    tickets = sa.table("tickets", sa.column("id"), sa.column("requested"), sa.column("document", sa.JSON))
    change = sa.update(tickets).where(tickets.c.id == sa.bindparam("which")).values(requested=sa.bindparam("at"))
    for rows in _steps(connection, tickets):
        values = []
        for row in rows:
            at = datetime.fromisoformat(row.document.get("requested_datetime", _NEVER)).astimezone(UTC)
            values.append({"which": row.id, "at": at.isoformat(timespec="microseconds")})
        connection.execute(change, values)


def _steps(connection: sa.Connection, tickets: sa.TableClause) -> Iterator[Sequence[sa.Row[Any, Any]]]:
    last = 0
    query = sa.select(tickets.c.id, tickets.c.document).order_by(tickets.c.id).limit(_STEP)
    while rows := connection.execute(query.where(tickets.c.id > last)).all():
        yield rows
        last = rows[-1].id

"""Which rooms an open ticket lies with as a copy, by room."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and fill it from the tickets that are open."""
    copies = op.create_table(
        "ticket_copies",
        sa.Column("room", sa.String, primary_key=True),
        sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), primary_key=True),
    )
    op.create_index("ticket_copies_by_number", "ticket_copies", ["number"])
    tickets = sa.table("tickets", sa.column("number"), sa.column("is_open"), sa.column("document"))
    query = sa.select(tickets.c.number, tickets.c.document).where(
        tickets.c.is_open.is_(sa.true()), tickets.c.document.like('%"copies":["%')
    )
    found = [
        {"room": room, "number": number}
        for number, document in op.get_bind().execute(query)
        for room in {copy.partition("/")[0] for copy in json.loads(document)["copies"]}
    ]
    if found:
        op.bulk_insert(copies, found)

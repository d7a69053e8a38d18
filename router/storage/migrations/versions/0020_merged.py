"""Merged tickets are found without reading all others: their citizens are called too."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column and its index, and fill it from the tickets."""
    connection = op.get_bind()
    if "merged_into" not in {column["name"] for column in sa.inspect(connection).get_columns("tickets")}:
        op.add_column("tickets", sa.Column("merged_into", sa.String(9)))
    op.create_index("tickets_merged_into", "tickets", ["merged_into", "id"], if_not_exists=True)
    rows = connection.execute(sa.text("SELECT id, document FROM tickets WHERE stage = 'merged'")).all()
    for ticket, document in rows:
        connection.execute(
            sa.text("UPDATE tickets SET merged_into = :into WHERE id = :ticket"),
            {"into": json.loads(document).get("merged_into"), "ticket": ticket},
        )

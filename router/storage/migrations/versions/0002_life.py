"""Sources of tickets, commands and their replies, columns for a room's summary."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and columns; every ticket there is has the one source it was opened from."""
    op.create_table(
        "ticket_sources",
        sa.Column("source_key", sa.String, primary_key=True),
        sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
    )
    op.execute("INSERT INTO ticket_sources (source_key, number) SELECT source_key, number FROM tickets")
    op.create_table(
        "commands",
        sa.Column("sender", sa.String, primary_key=True),
        sa.Column("command_id", sa.String, primary_key=True),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
    )
    op.add_column("tickets", sa.Column("zipcode", sa.String, nullable=False, server_default=""))
    op.add_column("tickets", sa.Column("proposed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE tickets SET zipcode = COALESCE(json_extract(document, '$.zipcode'), '')")
    op.create_index("tickets_open_by_phone", "tickets", ["phone", "is_open", "service_code"])
    op.add_column("history", sa.Column("stage", sa.String, nullable=False, server_default=""))

"""Tickets, their history, the outbox, calls, serials."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables, and the triggers that keep the history as it was written."""
    op.create_table(
        "serials",
        sa.Column("node", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String(9), nullable=False, unique=True),
        sa.Column("source_key", sa.String, nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("room", sa.String, nullable=False),
        sa.Column("desk", sa.String, nullable=False),
        sa.Column("service_code", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("district", sa.String),
        sa.Column("phone", sa.String),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("tickets_by_room", "tickets", ["room", "is_open"])
    op.create_index("tickets_by_phone", "tickets", ["phone"])
    op.create_table(
        "history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
    )
    op.create_index("history_by_ticket", "history", ["number"])
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER history_no_{change.lower()} BEFORE {change} ON history "
            "BEGIN SELECT RAISE(ABORT, 'history is only added to'); END"
        )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("room", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("parked", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_by_ticket", "outbox", ["number"])
    op.create_table(
        "calls",
        sa.Column("uniqueid", sa.String, primary_key=True),
        sa.Column("helpline", sa.String, nullable=False),
        sa.Column("did", sa.String, nullable=False),
        sa.Column("phone", sa.String),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("trouble", sa.Integer, nullable=False),
        sa.Column("need", sa.String),
        sa.Column("district", sa.String),
        sa.Column("started", sa.String, nullable=False),
        sa.Column("ended", sa.String),
        sa.Column("outcome", sa.String, nullable=False),
    )
    op.create_index("calls_unfinished", "calls", ["started"], sqlite_where=sa.text("ended IS NULL"))

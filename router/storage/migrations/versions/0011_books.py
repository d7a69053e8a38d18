"""Asterisk's books: call detail records, the channel events that say more, and how far each file was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cdr",
        sa.Column("uniqueid", sa.String, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("linkedid", sa.String, nullable=False),
        sa.Column("helpline", sa.String, nullable=False),
        sa.Column("context", sa.String, nullable=False),
        sa.Column("line", sa.String, nullable=False),
        sa.Column("peer", sa.String, nullable=False),
        sa.Column("app", sa.String, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("answered", sa.BigInteger),
        sa.Column("ended", sa.BigInteger, nullable=False),
        sa.Column("disposition", sa.String, nullable=False),
    )
    op.create_index("cdr_by_end", "cdr", ["ended"])
    op.create_table(
        "cel",
        sa.Column("uniqueid", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event", sa.String, primary_key=True),
        sa.Column("linkedid", sa.String, nullable=False),
        sa.Column("context", sa.String, nullable=False),
        sa.Column("line", sa.String, nullable=False),
        sa.Column("peer", sa.String, nullable=False),
        sa.Column("bridge", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_index("cel_by_time", "cel", ["at"])
    op.create_table(
        "books",
        sa.Column("file", sa.String(32), primary_key=True),
        sa.Column("book", sa.String, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("left_out", sa.Integer, nullable=False),
    )

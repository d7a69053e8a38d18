"""Notices to the public, and what was published of them by the Common Alerting Protocol."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "notices",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index(
        "notices_open",
        "notices",
        ["id", "revision"],
        sqlite_where=sa.text("is_open IS 1"),
        postgresql_where=sa.text("is_open IS TRUE"),
        if_not_exists=True,
    )
    op.create_table(
        "cap_messages",
        sa.Column("identifier", sa.String(120), primary_key=True),
        sa.Column("sent", sa.String(32), nullable=False),
        sa.Column("expires", sa.String(32), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index("cap_messages_by_end", "cap_messages", ["expires"], if_not_exists=True)

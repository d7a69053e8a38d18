"""Durable work rows: calls to be made, recordings to be written down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the index of unfinished rows."""
    op.create_table(
        "work",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("due", sa.String, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("mark", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("ended", sa.String),
        sa.UniqueConstraint("kind", "key"),
    )
    op.create_index("work_due", "work", ["kind", "priority", "due"], sqlite_where=sa.text("ended IS NULL"))

"""Photographs at tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from router.storage.portable import ROW_ID

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pictures",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("source", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("media_type", sa.String(16), nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("caption", sa.Text, nullable=False),
        sa.Column("received", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        if_not_exists=True,
    )
    op.create_index("pictures_by_ticket", "pictures", ["number"], if_not_exists=True)
    removed = sa.text("state = 'removed'")
    op.create_index(
        "pictures_removed", "pictures", ["id"], sqlite_where=removed, postgresql_where=removed, if_not_exists=True
    )

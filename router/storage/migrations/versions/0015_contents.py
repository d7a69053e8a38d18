"""What other programs sent, as a digest, so that a request that comes again is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "source_contents",
        sa.Column("source_key", sa.String, sa.ForeignKey("ticket_sources.source_key"), primary_key=True),
        sa.Column("content", sa.String(32), nullable=False),
        sa.Column("kept", sa.String(32), nullable=False),
    )
    op.create_index("source_contents_by_content", "source_contents", ["content", "kept"])

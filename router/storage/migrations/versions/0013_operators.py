"""Attendance of operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "operators",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("paused", sa.String, nullable=False),
        sa.Column("since", sa.String, nullable=False),
    )

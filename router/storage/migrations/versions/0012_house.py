"""Indexes for counting rejected calls, and for callers who wait for medical help."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("cdr_by_context", "cdr", ["context", "ended"])
    op.create_index(
        "tickets_open_by_need",
        "tickets",
        ["service_code", "phone"],
        sqlite_where=sa.text("is_open IS 1"),
        postgresql_where=sa.text("is_open IS TRUE"),
    )
    op.create_index(
        "tickets_open_urgent",
        "tickets",
        ["priority", "phone"],
        sqlite_where=sa.text("is_open IS 1"),
        postgresql_where=sa.text("is_open IS TRUE"),
    )

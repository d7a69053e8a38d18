"""Open tickets in the order of their numbers, without the closed ones in between."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index that reading back walks along."""
    op.create_index(
        "tickets_open_by_number",
        "tickets",
        ["number"],
        sqlite_where=sa.text("is_open IS 1"),
        postgresql_where=sa.text("is_open IS TRUE"),
    )

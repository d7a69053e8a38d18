"""Merged tickets are found without reading all others: their citizens are called too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    where = sa.text("stage = 'merged'")
    op.create_index("tickets_merged", "tickets", ["id"], sqlite_where=where, postgresql_where=where, if_not_exists=True)

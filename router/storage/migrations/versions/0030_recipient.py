"""An index of queued messages by recipient: each look at the queue asks whether an earlier one waits for the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    where = sa.text("state = 'queued'")
    op.create_index(
        "messages_out_by_recipient",
        "messages_out",
        ["person", "to", "id"],
        sqlite_where=where,
        postgresql_where=where,
        if_not_exists=True,
    )

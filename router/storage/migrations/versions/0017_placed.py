"""Calls that we placed are remembered, so that ceilings hold over a restart; known citizens are called first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; places kept in a queue come before other calls, refused callers are known."""
    op.create_table(
        "placed",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("phone", sa.String, nullable=False),
        sa.Column("trunk", sa.String, nullable=False),
        sa.Column("stranger", sa.Boolean, nullable=False),
    )
    op.create_index("placed_at", "placed", ["at"])
    op.create_index("placed_to", "placed", ["phone", "at"])
    for why, priority in (("queue", 1), ("refused", 2)):
        op.execute(
            f"UPDATE work SET priority = {priority} WHERE kind = 'call' AND ended IS NULL "  # noqa: S608 - our words
            f'AND payload LIKE \'%"why": "{why}"%\''
        )

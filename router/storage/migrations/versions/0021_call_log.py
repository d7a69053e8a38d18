"""Every call can be looked up: a row for each, and what happened in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "call_log",
        sa.Column("uniqueid", sa.String, primary_key=True),
        sa.Column("arrived", sa.BigInteger, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("trunk", sa.String, nullable=False),
        sa.Column("did", sa.String, nullable=False),
        sa.Column("helpline", sa.String, nullable=False),
        sa.Column("caller", sa.String),
        sa.Column("answered", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("result", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("cause", sa.Integer),
        sa.Column("hung_up", sa.String, nullable=False),
        if_not_exists=True,
    )
    op.create_index("call_log_by_time", "call_log", ["arrived"], if_not_exists=True)
    op.create_index("call_log_by_caller", "call_log", ["caller", "arrived"], if_not_exists=True)
    op.create_table(
        "call_events",
        sa.Column("call", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("data", sa.Text, nullable=False),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )

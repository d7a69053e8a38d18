"""Each ticket's clock, alerts, and what is known of the machine's time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables; a ticket from before gets its clock with its next version."""
    op.add_column("tickets", sa.Column("awaits", sa.String))
    op.add_column("tickets", sa.Column("due", sa.BigInteger))
    op.add_column("tickets", sa.Column("resolve_by", sa.BigInteger))
    op.add_column("tickets", sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()))
    for name, column, where in (("tickets_due", "due", "due IS NOT NULL"), ("tickets_late", "room", "late IS TRUE")):
        op.create_index(name, "tickets", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_table(
        "alerts",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("room", sa.String, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("since", sa.String, nullable=False),
        sa.Column("changed", sa.String, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_table(
        "machine_time",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("boot", sa.String, nullable=False),
        sa.Column("offset", sa.Float, nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
    )

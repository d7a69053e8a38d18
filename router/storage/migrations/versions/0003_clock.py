"""Each ticket's clock, alerts, and the machine's steady time."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DAY_S = 24 * 60 * 60
_AWAITS = {"acknowledge": ("triage", "routed", "reopened"), "resolve": ("acknowledged", "in_progress")}


def upgrade() -> None:
    """Make the columns and tables; steady time begins now, and open tickets get a day."""
    op.add_column("tickets", sa.Column("level", sa.Integer, nullable=False, server_default="1"))
    op.add_column("tickets", sa.Column("awaits", sa.String))
    op.add_column("tickets", sa.Column("due", sa.BigInteger))
    op.add_column("tickets", sa.Column("resolve_by", sa.BigInteger))
    op.add_column("tickets", sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()))
    tickets = sa.table("tickets", *map(sa.column, ("stage", "awaits", "due", "resolve_by")))
    tomorrow = int(time.clock_gettime(time.CLOCK_BOOTTIME)) + _DAY_S
    for awaits, stages in _AWAITS.items():
        clock = {"awaits": awaits, "due": tomorrow, "resolve_by": tomorrow}
        op.execute(sa.update(tickets).where(tickets.c.stage.in_(stages)).values(clock))
    for name, column, sqlite, other in (
        ("tickets_due", "due", "due IS NOT NULL", "due IS NOT NULL"),
        ("tickets_late", "room", "late IS 1", "late IS TRUE"),  # SQLite takes it only for a query that says it so
    ):
        op.create_index(name, "tickets", [column], sqlite_where=sa.text(sqlite), postgresql_where=sa.text(other))
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
        "steady_time",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("boot", sa.String, nullable=False),
        sa.Column("base", sa.Float, nullable=False),
        sa.Column("seen_wall", sa.Float, nullable=False),
        sa.Column("seen_steady", sa.Float, nullable=False),
    )

"""Tickets by the hour, stock and its charts, the war room's tasks, places that serve."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STOCK = (
    ("room", sa.String),
    ("item", sa.String),
    ("quantity", sa.Float),
    ("daily_use", sa.Float),
    ("as_of", sa.String),
)


def upgrade() -> None:
    """Make the tables, and the triggers that keep a task's history as it was written."""
    _make_counts_and_stock()
    _make_tasks()
    op.create_table(
        "serving_places",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("code", sa.String, primary_key=True),
        sa.Column("district", sa.String, nullable=False),
        sa.Column("zipcode", sa.String, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("serving_places_by_pin", "serving_places", ["kind", "zipcode"])
    op.create_index("serving_places_by_district", "serving_places", ["kind", "district", "zipcode"])


def _make_counts_and_stock() -> None:
    op.create_table(
        "ticket_hours",
        sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("district", sa.String, primary_key=True),
        sa.Column("need", sa.String, primary_key=True),
        sa.Column("tickets", sa.Integer, nullable=False),
    )
    op.create_table(
        "charts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "stock", *(sa.Column(name, kind, primary_key=name in {"room", "item"}, nullable=False) for name, kind in _STOCK)
    )
    op.create_table(
        "stock_history",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, kind, nullable=False) for name, kind in _STOCK),
    )
    op.create_index("stock_history_by_item", "stock_history", ["room", "item", "as_of"])


def _make_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("serial", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("document", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "task_parts",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("task", sa.String, sa.ForeignKey("tasks.id"), nullable=False),
        sa.Column("room", sa.String, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("next_check", sa.BigInteger),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("task_parts_by_task", "task_parts", ["task"])
    for name, column, where in (
        ("task_parts_open", "key", "is_open IS TRUE"),
        ("task_parts_late", "key", "late IS TRUE"),
        ("task_parts_due", "next_check", "next_check IS NOT NULL"),
    ):
        op.create_index(name, "task_parts", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_table(
        "task_history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("task", sa.String, sa.ForeignKey("tasks.id"), nullable=False),
        sa.Column("room", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
    )
    op.create_index("task_history_by_task", "task_history", ["task"])
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER task_history_no_{change.lower()} BEFORE {change} ON task_history "
            "BEGIN SELECT RAISE(ABORT, 'history is only added to'); END"
        )

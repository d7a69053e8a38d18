"""Tables of the rooms' stock, the war room's tasks and the places that serve."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.portable import ROW_ID, partial_index
from router.storage.schema.base import metadata

stock = sa.Table(
    "stock",
    metadata,
    sa.Column("room", sa.String, primary_key=True),
    sa.Column("item", sa.String, primary_key=True),
    sa.Column("quantity", sa.Float, nullable=False),
    sa.Column("daily_use", sa.Float, nullable=False),
    sa.Column("as_of", sa.String, nullable=False),
)
"""What each room has reported last of each item, in the item's unit."""

stock_history = sa.Table(
    "stock_history",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("item", sa.String, nullable=False),
    sa.Column("quantity", sa.Float, nullable=False),
    sa.Column("daily_use", sa.Float, nullable=False),
    sa.Column("as_of", sa.String, nullable=False),
    sa.Index("stock_history_by_item", "room", "item", "as_of"),
)
"""Every report of stock that was taken."""

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("serial", ROW_ID, primary_key=True),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("document", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""The war room's tasks as they were given (JSON)."""

task_assignments = sa.Table(
    "task_assignments",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("task", sa.String, sa.ForeignKey("tasks.id"), nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("next_check", sa.BigInteger),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("task_assignments_by_task", "task"),
)
"""Each room's part of a task: its present version (JSON). ``key`` is its outbox key; at ``next_check`` (steady time;
None: never) it is late and its level rises."""

partial_index("task_assignments_open", task_assignments.c.key, where=task_assignments.c.is_open.is_(True))
partial_index("task_assignments_late", task_assignments.c.key, where=task_assignments.c.late.is_(True))
partial_index("task_assignments_due", task_assignments.c.next_check, where=task_assignments.c.next_check.is_not(None))

task_history = sa.Table(
    "task_history",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("task", sa.String, sa.ForeignKey("tasks.id"), nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Index("task_history_by_task", "task"),
)
"""Who did what to a task. Only ever added to."""

facilities = sa.Table(
    "facilities",
    metadata,
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("district", sa.String, nullable=False),
    sa.Column("zipcode", sa.String, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("facilities_by_postal_code", "kind", "zipcode"),
    sa.Index("facilities_by_district", "kind", "district", "zipcode"),
)
"""Fair price shops, kitchens, chemists, pumps: the whole of each in ``document`` (JSON)."""

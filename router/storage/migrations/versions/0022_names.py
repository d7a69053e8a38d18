"""Renames tables, columns and indexes to the names used by the program."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = {
    "serials": "ticket_serials",
    "steady_time": "monotonic_clock",
    "charts": "shortage_charts",
    "task_parts": "task_assignments",
    "serving_places": "facilities",
    "work": "jobs",
    "placed": "outbound_calls",
    "books": "cdr_import_offsets",
    "blocks": "blocklist",
}
_COLUMNS = {
    "jobs": {"taken": "claims", "tries": "attempts", "mark": "checkpoint"},
    "cdr_import_offsets": {"book": "log", "left_out": "skipped_lines"},
    "monotonic_clock": {"seen_steady": "seen_monotonic"},
}
_INDEXES = {
    "task_parts_by_task": "task_assignments_by_task",
    "task_parts_open": "task_assignments_open",
    "task_parts_late": "task_assignments_late",
    "task_parts_due": "task_assignments_due",
    "serving_places_by_pin": "facilities_by_postal_code",
    "serving_places_by_district": "facilities_by_district",
    "work_due": "jobs_due",
    "placed_at": "outbound_calls_at",
    "placed_to": "outbound_calls_to",
}


def upgrade() -> None:
    """Rename what still has its old name."""
    tables = set(sa.inspect(op.get_bind()).get_table_names())
    for old, new in _TABLES.items():
        if old in tables:
            op.rename_table(old, new)
            for before, after in _COLUMNS.get(new, {}).items():
                op.execute(f'ALTER TABLE {new} RENAME COLUMN "{before}" TO "{after}"')
    for before, after in _INDEXES.items():
        _rename_index(before, after)


def _rename_index(old: str, new: str) -> None:
    """SQLite renames no index: it is made again by the statement that made it."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.execute(f"ALTER INDEX IF EXISTS {old} RENAME TO {new}")
        return
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = :old")
    made = connection.execute(query, {"old": old}).scalar()
    if made:
        connection.exec_driver_sql(f"DROP INDEX {old}")
        connection.exec_driver_sql(made.replace(old, new, 1))

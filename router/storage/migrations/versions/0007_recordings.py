"""Recordings: a row for each file of sound; those of tickets opened before get their rows."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and write a row for each recording that a ticket names."""
    table = op.create_table(
        "recordings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
        sa.Column("call", sa.String, nullable=False),
        sa.Column("helpline", sa.String, nullable=False),
        sa.Column("phone", sa.String),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("taken", sa.String, nullable=False),
        sa.Column("heard", sa.String),
        sa.Column("deleted", sa.String),
        sa.Column("seconds", sa.Float),
        sa.Column("bytes", sa.Integer),
        sa.Column("sha256", sa.String(64)),
        sa.Column("transcript", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("words", sa.Text),
        sa.Column("model", sa.String, nullable=False),
    )
    op.create_index("recordings_by_ticket", "recordings", ["number"])
    op.create_index("recordings_by_state", "recordings", ["state", "taken"])
    known: set[str] = set()
    for number, document in op.get_bind().exec_driver_sql("SELECT number, document FROM tickets ORDER BY id"):
        ticket = json.loads(document)
        for name in ticket.get("recordings", ()):
            if name not in known:
                known.add(name)
                op.get_bind().execute(table.insert(), _row(name, number, ticket))


def _row(name: str, number: str, ticket: dict[str, object]) -> dict[str, object]:
    return {
        "name": name,
        "number": number,
        "call": name.split("-")[1] if name.count("-") > 1 else "",
        "helpline": ticket["helpline"],
        "phone": ticket["phone"],
        "language": ticket["language"],
        "state": "waiting",
        "why": "",
        "taken": ticket["requested_datetime"],
        "transcript": "",
        "model": "",
    }

"""When a recording was begun is in its row: nobody reads it out of the file's name any more."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_BEGUN = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*")


def upgrade() -> None:
    """Make the column, and fill it from the names; else a recording was begun when its ticket got it."""
    connection = op.get_bind()
    if "begun" not in {column["name"] for column in sa.inspect(connection).get_columns("recordings")}:
        op.add_column("recordings", sa.Column("begun", sa.String, nullable=False, server_default=""))
    rows = connection.execute(sa.text("SELECT id, name, taken FROM recordings WHERE begun = ''")).all()
    begun = [{"row": row, "begun": _begun(name) or taken} for row, name, taken in rows]
    if begun:
        connection.execute(sa.text("UPDATE recordings SET begun = :begun WHERE id = :row"), begun)


def _begun(name: str) -> str:
    found = _BEGUN.fullmatch(name)
    return "{}-{}-{}T{}:{}:{}+00:00".format(*found.groups()) if found else ""

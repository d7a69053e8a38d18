"""Which store this is: a name that no other store has, so that it is not taken for another."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table with its one row."""
    identity = op.create_table(
        "identity",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("store", sa.String(32), nullable=False),
    )
    op.bulk_insert(identity, [{"id": 1, "store": uuid.uuid4().hex}])

"""Voicemail of rooms: messages heard, and wrong PINs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "voicemail",
        sa.Column("name", sa.String, sa.ForeignKey("recordings.name"), primary_key=True),
        sa.Column("room", sa.String, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
    )
    op.create_table(
        "room_locks",
        sa.Column("line", sa.String, primary_key=True),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )

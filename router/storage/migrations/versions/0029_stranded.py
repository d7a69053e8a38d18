"""The register of stranded people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from router.storage.portable import ROW_ID

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "stranded_groups",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("state", sa.String),
        sa.Column("home_district", sa.String),
        sa.Column("district", sa.String),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("zipcode", sa.String(6), nullable=False),
        sa.Column("phone", sa.String),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("people", sa.Integer),
        sa.Column("wants", sa.String, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("help", sa.String(12), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("changed", sa.String(32), nullable=False),
        sa.Column("listed", sa.Integer, nullable=False, server_default="0"),
        if_not_exists=True,
    )
    op.create_index("stranded_by_phone", "stranded_groups", ["phone", "direction"], if_not_exists=True)
    op.create_index("stranded_by_state", "stranded_groups", ["direction", "state", "help"], if_not_exists=True)
    op.create_table(
        "stranded_tickets",
        sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), primary_key=True),
        sa.Column("group", sa.BigInteger, sa.ForeignKey("stranded_groups.id"), nullable=False),
        if_not_exists=True,
    )
    op.create_index("stranded_tickets_by_group", "stranded_tickets", ["group"], if_not_exists=True)
    op.create_table(
        "stranded_lists",
        sa.Column("direction", sa.String(8), primary_key=True),
        sa.Column("state", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "stranded_answers",
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("group", sa.BigInteger, nullable=False),
        sa.Column("taken", sa.String(32), nullable=False),
        if_not_exists=True,
    )

"""Accounts, sessions and walls of the screens; the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("user", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("room", sa.String),
        sa.Column("operator", sa.String),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(600), unique=True),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("last_address", sa.String(64), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(64), sa.ForeignKey("users.user"), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("seen", sa.String(32), nullable=False),
        sa.Column("expires", sa.String(32), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        if_not_exists=True,
    )
    op.create_index("sessions_by_user", "sessions", ["user"], if_not_exists=True)
    op.create_table(
        "wall_tokens",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("wall", sa.String(64), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("exchanged", sa.String(32)),
        if_not_exists=True,
    )
    _make_audit_log()


def _make_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("session", sa.String(16), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("tickets", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        if_not_exists=True,
    )
    op.create_index("audit_log_by_time", "audit_log", ["at"], if_not_exists=True)
    op.create_index("audit_log_by_user", "audit_log", ["user", "id"], if_not_exists=True)
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("last_hash", sa.String(64), nullable=False),
        sa.Column("removed_id", sa.BigInteger, nullable=False),
        sa.Column("removed_hash", sa.String(64), nullable=False),
        if_not_exists=True,
    )

"""Tables of the screens: accounts, sessions, walls, and the audit log. None holds anything about a citizen."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.schema.base import metadata

users = sa.Table(
    "users",
    metadata,
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
)
"""Accounts of the screens. See ``router.model.accounts.account.Account``."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(64), sa.ForeignKey("users.user"), nullable=False),
    sa.Column("made", sa.String(32), nullable=False),
    sa.Column("seen", sa.String(32), nullable=False),
    sa.Column("expires", sa.String(32), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(200), nullable=False),
    sa.Index("sessions_by_user", "user"),
)
"""Browsers that are signed in; to end a session is to delete its row. Times are ISO 8601 in UTC with microseconds."""

wall_tokens = sa.Table(
    "wall_tokens",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("wall", sa.String(64), nullable=False),
    sa.Column("made", sa.String(32), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("exchanged", sa.String(32)),
)
"""Screens on walls; ``digest`` is of the device token until that has been exchanged, then of the screen's cookie."""

audit_log = sa.Table(
    "audit_log",
    metadata,
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
    sa.Index("audit_log_by_time", "at"),
    sa.Index("audit_log_by_user", "user", "id"),
)
"""Who saw or did what, each row chained to the one before by its hash. ``tickets`` and ``fields`` are JSON lists."""

audit_chain = sa.Table(
    "audit_chain",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_id", sa.BigInteger, nullable=False),
    sa.Column("last_hash", sa.String(64), nullable=False),
    sa.Column("removed_id", sa.BigInteger, nullable=False),
    sa.Column("removed_hash", sa.String(64), nullable=False),
)
"""One row: both ends of the chain of ``audit_log``. See ``router.model.accounts.audit_entry.AuditChain``."""

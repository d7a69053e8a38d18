"""WhatsApp and SMS: people, messages in and out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from router.storage.portable import ROW_ID

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_people()
    _make_messages_in()
    _make_messages_out()
    for name, table, columns, state in (
        ("chat_in_waiting", "chat_in", ["person", "sent", "id"], "waiting"),
        ("messages_out_queued", "messages_out", ["channel", "priority", "due"], "queued"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where, if_not_exists=True)


def _make_people() -> None:
    op.create_table(
        "chat_people",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("user", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(20)),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("last_in", sa.String(32)),
        sa.Column("dialogue", sa.Text, nullable=False),
        sa.UniqueConstraint("channel", "account", "user"),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("chat_people_by_phone", "chat_people", ["phone"], if_not_exists=True)


def _make_messages_in() -> None:
    op.create_table(
        "chat_in",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("provider_id", sa.String(300), nullable=False),
        sa.Column("person", ROW_ID, sa.ForeignKey("chat_people.id"), nullable=False),
        sa.Column("sent", sa.String(32), nullable=False),
        sa.Column("received", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.UniqueConstraint("channel", "provider_id"),
        if_not_exists=True,
    )
    op.create_index("chat_in_by_person", "chat_in", ["person"], if_not_exists=True)
    op.create_index("chat_in_by_time", "chat_in", ["received"], if_not_exists=True)
    op.create_table(
        "webhook_bodies",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("received", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("channel", "digest"),
        if_not_exists=True,
    )
    op.create_index("webhook_bodies_by_time", "webhook_bodies", ["received"], if_not_exists=True)


def _make_messages_out() -> None:
    op.create_table(
        "messages_out",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("person", ROW_ID, sa.ForeignKey("chat_people.id")),
        sa.Column("to", sa.String(20), nullable=False),
        sa.Column("ticket", sa.String(16), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("key", sa.String(320), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("provider_id", sa.String(300), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("due", sa.String(32), nullable=False),
        sa.Column("sent", sa.String(32)),
        sa.Column("changed", sa.String(32), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
        sa.UniqueConstraint("channel", "key"),
        if_not_exists=True,
    )
    op.create_index("messages_out_by_person", "messages_out", ["person"], if_not_exists=True)
    op.create_index("messages_out_by_ticket", "messages_out", ["ticket"], if_not_exists=True)
    op.create_index("messages_out_by_provider_id", "messages_out", ["channel", "provider_id"], if_not_exists=True)
    op.create_index("messages_out_by_sent", "messages_out", ["channel", "sent"], if_not_exists=True)
    op.create_index("messages_out_by_time", "messages_out", ["changed"], if_not_exists=True)
    op.create_table(
        "early_reports",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("provider_id", sa.String(300), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Column("received", sa.String(32), nullable=False),
        if_not_exists=True,
    )
    op.create_index("early_reports_by_time", "early_reports", ["received"], if_not_exists=True)

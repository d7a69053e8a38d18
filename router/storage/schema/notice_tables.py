"""Tables of notices to the public. None holds anything about a citizen."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.portable import partial_index
from router.storage.schema.base import metadata

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("made", sa.String(32), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
"""Every revision of every notice (JSON). Times are ISO 8601 in UTC."""

partial_index("notices_open", notices.c.id, notices.c.revision, where=notices.c.is_open.is_(True))

cap_messages = sa.Table(
    "cap_messages",
    metadata,
    sa.Column("identifier", sa.String(120), primary_key=True),
    sa.Column("sent", sa.String(32), nullable=False),
    sa.Column("expires", sa.String(32), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("cap_messages_by_end", "expires"),
)
"""What was published by the Common Alerting Protocol (JSON with the XML in it). Only ever added to."""

"""Tables of the store itself, and of what all parts of the program share: numbers, outbox, durable work, API keys."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from router.storage.portable import ROW_ID, partial_index

SCHEMA: Final = "0030"
"""The migration this program needs: the newest file in migrations/versions."""

metadata = sa.MetaData()

ticket_serials = sa.Table(
    "ticket_serials",
    metadata,
    sa.Column("node", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
)
"""The last serial each node has given out."""

identity = sa.Table(
    "identity",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("store", sa.String(32), nullable=False),
)
"""One row: the store's own name, drawn when it was made; a copy of it has the same.
See ``router.storage.repositories.identity_repository``."""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("number", sa.String, nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("payload", sa.Text),
    sa.Column("parked", sa.Boolean, nullable=False, default=False),
    sa.Index("outbox_by_ticket", "number"),
    sqlite_autoincrement=True,  # an id is never used twice: a row sent is not mistaken for a newer one
)
"""What the broker has not yet confirmed, sent in order of id. ``payload`` None empties the topic."""

commands = sa.Table(
    "commands",
    metadata,
    sa.Column("sender", sa.String, primary_key=True),
    sa.Column("command_id", sa.String, primary_key=True),
    sa.Column("content", sa.String, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
)
"""Every command that was decided, with a hash of what it said and the reply it got (JSON)."""

monotonic_clock = sa.Table(
    "monotonic_clock",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("boot", sa.String, nullable=False),
    sa.Column("base", sa.Float, nullable=False),
    sa.Column("seen_wall", sa.Float, nullable=False),
    sa.Column("seen_monotonic", sa.Float, nullable=False),
)
"""One row: which start of the machine steady time was last read in, what is added to the time since that start, and
wall and steady time as last seen; seconds. See ``router.storage.repositories.monotonic_clock_repository``."""

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("may_file", sa.Boolean, nullable=False),
    sa.Column("may_read_personal", sa.Boolean, nullable=False),
    sa.Column("made", sa.String(32), nullable=False),
)
"""The keys of programs that use the HTTP interface; of a key itself only its SHA-256 is kept."""

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("due", sa.String, nullable=False),
    sa.Column("claims", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("checkpoint", sa.String, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("ended", sa.String),
    sa.UniqueConstraint("kind", "key"),
)
"""Durable jobs. Times are ISO 8601 in UTC with microseconds, so that they sort;
``due`` is when it may be taken, and so also when the lease of a taken row runs out. ``outcome`` says how it ended, or
why it was put off last."""

partial_index("jobs_due", jobs.c.kind, jobs.c.priority, jobs.c.due, where=jobs.c.ended.is_(None))

"""The tables. Portable column types only, so that PostgreSQL can take over beyond one machine."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA = "0007"
"""The migration this program needs: the newest file in migrations/versions."""

metadata = sa.MetaData()

serials = sa.Table(
    "serials",
    metadata,
    sa.Column("node", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
)
"""The last serial each node has given out."""

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(9), nullable=False, unique=True),
    sa.Column("source_key", sa.String, nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("desk", sa.String, nullable=False),
    sa.Column("service_code", sa.String, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("district", sa.String),
    sa.Column("phone", sa.String),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("zipcode", sa.String, nullable=False, server_default=""),
    sa.Column("proposed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("tickets_by_room", "room", "is_open"),
    sa.Index("tickets_by_phone", "phone"),
    sa.Index("tickets_open_by_phone", "phone", "is_open", "service_code"),
)
"""The present version of every ticket, ``id`` in the order of opening: the whole of it in ``document`` (JSON), beside
it what is searched for."""

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("stage", sa.String, nullable=False, server_default=""),
    sa.Index("history_by_ticket", "number"),
)
"""Who did what to a ticket, and the stage it then had. Only ever added to: triggers refuse anything else."""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String, nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("payload", sa.Text),
    sa.Column("parked", sa.Boolean, nullable=False, default=False),
    sa.Index("outbox_by_ticket", "number"),
    sqlite_autoincrement=True,  # an id is never used twice: a row sent is not mistaken for a newer one
)
"""What the broker has not yet confirmed, sent in order of id. ``payload`` None empties the topic."""

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("uniqueid", sa.String, primary_key=True),
    sa.Column("helpline", sa.String, nullable=False),
    sa.Column("did", sa.String, nullable=False),
    sa.Column("phone", sa.String),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("trouble", sa.Integer, nullable=False),
    sa.Column("need", sa.String),
    sa.Column("district", sa.String),
    sa.Column("started", sa.String, nullable=False),
    sa.Column("ended", sa.String),
    sa.Column("outcome", sa.String, nullable=False),
)
"""Every call as far as it has come."""

sa.Index("calls_unfinished", calls.c.started, sqlite_where=calls.c.ended.is_(None))

ticket_sources = sa.Table(
    "ticket_sources",
    metadata,
    sa.Column("source_key", sa.String, primary_key=True),
    sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
)
"""What each ticket was opened from, and what has joined it since: a repeated report finds its ticket here."""

commands = sa.Table(
    "commands",
    metadata,
    sa.Column("sender", sa.String, primary_key=True),
    sa.Column("command_id", sa.String, primary_key=True),
    sa.Column("content", sa.String, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
)
"""Every command that was decided, with a hash of what it said and the reply it got (JSON)."""

work = sa.Table(
    "work",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("due", sa.String, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("mark", sa.String, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("ended", sa.String),
    sa.UniqueConstraint("kind", "key"),
)
"""What an upper part of the house is asked to do. Times are ISO 8601 in UTC with microseconds, so that they sort;
``due`` is when it may be taken, and so also when the lease of a taken row runs out. ``outcome`` says how it ended, or
why it was put off last."""

sa.Index("work_due", work.c.kind, work.c.priority, work.c.due, sqlite_where=work.c.ended.is_(None))

recordings = sa.Table(
    "recordings",
    metadata,
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
    sa.Index("recordings_by_ticket", "number"),
    sa.Index("recordings_by_state", "state", "taken"),
)
"""Every recording of a ticket, from the commit that named it: where it stands, and what it says. A deleted one keeps
its name, checksum and times, nothing that was said."""

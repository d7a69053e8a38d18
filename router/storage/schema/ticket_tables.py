"""Tables of tickets: their versions and history, copies and sources, alerts, hourly counts."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.portable import ROW_ID, partial_index
from router.storage.schema.base import metadata

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
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
    sa.Column("level", sa.Integer, nullable=False, server_default="1"),
    sa.Column("awaits", sa.String),
    sa.Column("due", sa.BigInteger),
    sa.Column("resolve_by", sa.BigInteger),
    sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("zipcode", sa.String, nullable=False, server_default=""),
    sa.Column("proposed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("requested", sa.String(32), nullable=False, server_default=""),
    sa.Column("merged_into", sa.String(9)),
    sa.Index("tickets_merged_into", "merged_into", "id"),
    sa.Index("tickets_by_room", "room", "is_open"),
    sa.Index("tickets_by_phone", "phone"),
    sa.Index("tickets_open_by_phone", "phone", "is_open", "service_code"),
    sa.Index("tickets_by_requested", "requested", "id"),
    sa.Index("tickets_by_service", "service_code", "requested", "id"),
    sa.Index("tickets_by_district", "district", "requested", "id"),
)
"""The present version of every ticket, ``id`` in the order of opening: the whole of it in ``document`` (JSON), beside
it what is searched for, and its clock: what it ``awaits`` (``acknowledge`` or ``resolve``, None when its clock stands),
when that is ``due`` and by when it must be resolved (steady seconds), whether it is ``late`` with it. ``requested`` is
ISO 8601 in UTC with microseconds always, so that text order is time order."""

_OPEN = tickets.c.is_open.is_(True)
partial_index("tickets_open_by_number", tickets.c.number, where=_OPEN)
partial_index("tickets_open_by_requested", tickets.c.requested, tickets.c.id, where=_OPEN)
partial_index("tickets_open_by_need", tickets.c.service_code, tickets.c.phone, where=_OPEN)
partial_index("tickets_open_urgent", tickets.c.priority, tickets.c.phone, where=_OPEN)
partial_index("tickets_due", tickets.c.due, where=tickets.c.due.is_not(None))
partial_index("tickets_late", tickets.c.room, where=tickets.c.late.is_(True))

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("stage", sa.String, nullable=False, server_default=""),
    sa.Index("history_by_ticket", "number"),
)
"""Who did what to a ticket, and the stage it then had. Only ever added to: triggers refuse anything else."""

ticket_sources = sa.Table(
    "ticket_sources",
    metadata,
    sa.Column("source_key", sa.String, primary_key=True),
    sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
)
"""What each ticket was opened from, and what has joined it since: a repeated report finds its ticket here."""

ticket_copies = sa.Table(
    "ticket_copies",
    metadata,
    sa.Column("room", sa.String, primary_key=True),
    sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), primary_key=True),
    sa.Index("ticket_copies_by_number", "number"),
)
"""Which rooms an open ticket lies with as a copy, for them to know of it."""

source_contents = sa.Table(
    "source_contents",
    metadata,
    sa.Column("source_key", sa.String, sa.ForeignKey("ticket_sources.source_key"), primary_key=True),
    sa.Column("content", sa.String(32), nullable=False),
    sa.Column("kept", sa.String(32), nullable=False),
)
"""What other programs sent, as a digest: the same key with another content is refused, the same content within minutes
is the same request."""

sa.Index("source_contents_by_content", source_contents.c.content, source_contents.c.kept)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("since", sa.String, nullable=False),
    sa.Column("changed", sa.String, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)
"""What each room is told of each kind, one row for both; it stays when the alert has ended, so that its ``version``
goes on counting. ``since`` when it began, ``changed`` when it came to say ``data`` (JSON); ISO 8601 in UTC."""

ticket_hours = sa.Table(
    "ticket_hours",
    metadata,
    sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("district", sa.String, primary_key=True),
    sa.Column("need", sa.String, primary_key=True),
    sa.Column("tickets", sa.Integer, nullable=False),
)
"""How many tickets were opened in an hour (of India's time, counted since 1970) in a district for a need."""

shortage_charts = sa.Table(
    "shortage_charts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("document", sa.Text, nullable=False),
)
"""What the shortage charts have learned, one row (JSON)."""

"""Tables of calls: what became of them, Asterisk's records, operators, recordings and voicemail."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.portable import ROW_ID, partial_index
from router.storage.schema.base import metadata

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

partial_index("calls_unfinished", calls.c.started, where=calls.c.ended.is_(None))
sa.Index("calls_by_phone", calls.c.phone, calls.c.started)

call_log = sa.Table(
    "call_log",
    metadata,
    sa.Column("uniqueid", sa.String, primary_key=True),
    sa.Column("arrived", sa.BigInteger, nullable=False),
    sa.Column("direction", sa.String, nullable=False),
    sa.Column("trunk", sa.String, nullable=False),
    sa.Column("did", sa.String, nullable=False),
    sa.Column("helpline", sa.String, nullable=False),
    sa.Column("caller", sa.String),
    sa.Column("answered", sa.BigInteger),
    sa.Column("ended", sa.BigInteger),
    sa.Column("result", sa.String, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("cause", sa.Integer),
    sa.Column("hung_up", sa.String, nullable=False),
    sa.Index("call_log_by_time", "arrived"),
    sa.Index("call_log_by_caller", "caller", "arrived"),
)
"""Every call that a trunk delivered (direction ``in``) or a citizen answered whom we called (``out``), whatever became
of it, with or without the service; microseconds since 1970. See `call_log_repository.LoggedCall`."""

call_events = sa.Table(
    "call_events",
    metadata,
    sa.Column("call", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("data", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What happened in these calls, step by step (JSON): prompts, keys, who was tried. Some twenty rows a call, 3 KB."""

outbound_calls = sa.Table(
    "outbound_calls",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("phone", sa.String, nullable=False),
    sa.Column("trunk", sa.String, nullable=False),
    sa.Column("stranger", sa.Boolean, nullable=False),
    sa.Index("outbound_calls_at", "at"),
    sa.Index("outbound_calls_to", "phone", "at"),
)
"""Calls that we placed to citizens in the last two days; ``trunk`` is the one that a missed call came by,
``stranger``: that is all we know of the number. Times as in ``work``."""

cdr = sa.Table(
    "cdr",
    metadata,
    sa.Column("uniqueid", sa.String, primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("linkedid", sa.String, nullable=False),
    sa.Column("helpline", sa.String, nullable=False),
    sa.Column("context", sa.String, nullable=False),
    sa.Column("line", sa.String, nullable=False),
    sa.Column("peer", sa.String, nullable=False),
    sa.Column("app", sa.String, nullable=False),
    sa.Column("started", sa.BigInteger, nullable=False),
    sa.Column("answered", sa.BigInteger),
    sa.Column("ended", sa.BigInteger, nullable=False),
    sa.Column("disposition", sa.String, nullable=False),
    sa.Index("cdr_by_end", "ended"),
)
"""Asterisk's call detail records, one for each that was dialled in a call; times in seconds since 1970. No telephone
number is in it: ``calls`` has the caller's."""

sa.Index("cdr_by_context", cdr.c.context, cdr.c.ended)

cel = sa.Table(
    "cel",
    metadata,
    sa.Column("uniqueid", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event", sa.String, primary_key=True),
    sa.Column("linkedid", sa.String, nullable=False),
    sa.Column("context", sa.String, nullable=False),
    sa.Column("line", sa.String, nullable=False),
    sa.Column("peer", sa.String, nullable=False),
    sa.Column("bridge", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Index("cel_by_time", "at"),
)
"""Of Asterisk's channel events those that say more than the records: who came in, who was dialled, who spoke with whom
and when; microseconds since 1970."""

cdr_import_offsets = sa.Table(
    "cdr_import_offsets",
    metadata,
    sa.Column("file", sa.String(32), primary_key=True),
    sa.Column("log", sa.String, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("skipped_lines", sa.Integer, nullable=False),
)
"""How many bytes of each CDR and CEL file have been imported, and how many lines could not be read. ``file`` is
a hash of its first line, so that it is known under every name it gets when it is rotated."""

blocklist = sa.Table(
    "blocklist",
    metadata,
    sa.Column("phone", sa.String, primary_key=True),
    sa.Column("why", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("since", sa.String, nullable=False),
    sa.Column("until", sa.String),
)
"""Numbers (E.164) whose calls get urgent help only; ``until`` None: for good. Times are ISO 8601 in UTC."""

operators = sa.Table(
    "operators",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("present", sa.Boolean, nullable=False),
    sa.Column("paused", sa.String, nullable=False),
    sa.Column("since", sa.String, nullable=False),
)
"""Who is at work and takes calls: ``paused`` says why not just now, empty when calls are taken. Asterisk's queues are
filled from here. ``since`` is ISO 8601 in UTC."""

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
    sa.Column("call", sa.String, nullable=False),
    sa.Column("helpline", sa.String, nullable=False),
    sa.Column("phone", sa.String),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("begun", sa.String, nullable=False),
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
"""Every recording of a ticket, from the commit that named it: what it belongs to, where it stands, and what it says. A
deleted one keeps its name, checksum and times, nothing that was said."""

voicemail = sa.Table(
    "voicemail",
    metadata,
    sa.Column("name", sa.String, sa.ForeignKey("recordings.name"), primary_key=True),
    sa.Column("room", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)
"""Recordings that a room has listened to by telephone: ``kept`` to be heard again, or ``done``. One without a row here
is new. The sound itself stays until retention takes it."""

room_locks = sa.Table(
    "room_locks",
    metadata,
    sa.Column("line", sa.String, primary_key=True),
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
)
"""Wrong PINs since the last right one, and the steady second before which none is taken any more."""

"""The tables, the same in every database: what each says in its own way comes from `router.storage.portable`."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.portable import ROW_ID, partial_index

SCHEMA = "0023"
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

partial_index(
    "tickets_open_by_number",
    tickets.c.number,
    where=tickets.c.is_open.is_(True),
)
partial_index(
    "tickets_open_by_requested",
    tickets.c.requested,
    tickets.c.id,
    where=tickets.c.is_open.is_(True),
)

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

commands = sa.Table(
    "commands",
    metadata,
    sa.Column("sender", sa.String, primary_key=True),
    sa.Column("command_id", sa.String, primary_key=True),
    sa.Column("content", sa.String, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
)
"""Every command that was decided, with a hash of what it said and the reply it got (JSON)."""

# --- the clock and its alerts ---

_DUE, _LATE = tickets.c.due.is_not(None), tickets.c.late.is_(True)
partial_index("tickets_due", tickets.c.due, where=_DUE)
partial_index("tickets_late", tickets.c.room, where=_LATE)

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


# --- stock and shortage, the war room's tasks, places that serve ---

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

stock = sa.Table(
    "stock",
    metadata,
    sa.Column("room", sa.String, primary_key=True),
    sa.Column("item", sa.String, primary_key=True),
    sa.Column("quantity", sa.Float, nullable=False),
    sa.Column("daily_use", sa.Float, nullable=False),
    sa.Column("as_of", sa.String, nullable=False),
)
"""What each room has reported last of each item, in the item's unit."""

stock_history = sa.Table(
    "stock_history",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("item", sa.String, nullable=False),
    sa.Column("quantity", sa.Float, nullable=False),
    sa.Column("daily_use", sa.Float, nullable=False),
    sa.Column("as_of", sa.String, nullable=False),
    sa.Index("stock_history_by_item", "room", "item", "as_of"),
)
"""Every report of stock that was taken."""

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("serial", ROW_ID, primary_key=True),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("document", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""The war room's tasks as they were given (JSON)."""

task_assignments = sa.Table(
    "task_assignments",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("task", sa.String, sa.ForeignKey("tasks.id"), nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("next_check", sa.BigInteger),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("task_assignments_by_task", "task"),
)
"""Each room's part of a task: its present version (JSON). ``key`` is its outbox key; at ``next_check`` (steady time;
None: never) it is late and its level rises."""

_OPEN_PART = task_assignments.c.is_open.is_(True)
partial_index("task_assignments_open", task_assignments.c.key, where=_OPEN_PART)
_CHECKED = task_assignments.c.next_check.is_not(None)
_TASK_LATE = task_assignments.c.late.is_(True)
partial_index("task_assignments_late", task_assignments.c.key, where=_TASK_LATE)
partial_index("task_assignments_due", task_assignments.c.next_check, where=_CHECKED)

task_history = sa.Table(
    "task_history",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("task", sa.String, sa.ForeignKey("tasks.id"), nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Index("task_history_by_task", "task"),
)
"""Who did what to a task. Only ever added to."""

facilities = sa.Table(
    "facilities",
    metadata,
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("district", sa.String, nullable=False),
    sa.Column("zipcode", sa.String, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("facilities_by_postal_code", "kind", "zipcode"),
    sa.Index("facilities_by_district", "kind", "district", "zipcode"),
)
"""Fair price shops, kitchens, chemists, pumps: the whole of each in ``document`` (JSON)."""

# --- durable work ---

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
"""What an upper part of the house is asked to do. Times are ISO 8601 in UTC with microseconds, so that they sort;
``due`` is when it may be taken, and so also when the lease of a taken row runs out. ``outcome`` says how it ended, or
why it was put off last."""

partial_index("jobs_due", jobs.c.kind, jobs.c.priority, jobs.c.due, where=jobs.c.ended.is_(None))

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

# --- recordings ---

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

# --- voicemail of rooms ---

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

# --- Asterisk's books ---

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
"""How many bytes of each file of the books are in the tables, and how many of its lines could not be read. ``file`` is
a hash of its first line, so that it is known under every name it gets when it is rotated."""

# --- blocked numbers ---

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

# --- a full house ---

partial_index(
    "tickets_open_urgent",
    tickets.c.priority,
    tickets.c.phone,
    where=tickets.c.is_open.is_(True),
)

sa.Index("cdr_by_context", cdr.c.context, cdr.c.ended)
partial_index(
    "tickets_open_by_need",
    tickets.c.service_code,
    tickets.c.phone,
    where=tickets.c.is_open.is_(True),
)

# --- operators ---

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

# --- every call, to be looked up ---

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

"""Tables of WhatsApp and SMS: people, messages in and out. Times are ISO 8601 in UTC with microseconds."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.portable import ROW_ID, partial_index
from router.storage.schema.base import metadata

chat_people = sa.Table(
    "chat_people",
    metadata,
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
    sa.Index("chat_people_by_phone", "phone"),
    sqlite_autoincrement=True,  # an id is never used twice: messages of a person who was forgotten become nobody else's
)
"""People who write to us. See ``router.model.messaging.person.ChatPerson``; ``dialogue`` is JSON."""

chat_in = sa.Table(
    "chat_in",
    metadata,
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
    sa.Index("chat_in_by_person", "person"),
    sa.Index("chat_in_by_time", "received"),
)
"""Messages of people. ``content`` is the parsed message, ``raw`` what the channel sent of it, both JSON; ``state`` is
``waiting``, ``done`` or ``set-aside``; a waiting message is not worked off before ``due``."""

partial_index(
    "chat_in_waiting", chat_in.c.person, chat_in.c.sent, chat_in.c.id, where=chat_in.c.state == sa.literal("waiting")
)

webhook_bodies = sa.Table(
    "webhook_bodies",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("received", sa.String(32), nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("channel", "digest"),
    sa.Index("webhook_bodies_by_time", "received"),
)
"""What a provider sent and signed, and no message came out of: unknown fields, other JSON, no JSON. ``digest`` is the
SHA-256 of the body, so that a repetition is kept once."""

messages_out = sa.Table(
    "messages_out",
    metadata,
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
    sa.Index("messages_out_by_person", "person"),
    sa.Index("messages_out_by_ticket", "ticket"),
    sa.Index("messages_out_by_provider_id", "channel", "provider_id"),
    sa.Index("messages_out_by_sent", "channel", "sent"),
    sa.Index("messages_out_by_time", "changed"),
)
"""Messages to people. See ``router.model.messaging.outgoing``. ``due`` is when a queued one may be taken, and so also
when the lease of a taken one runs out."""

partial_index(
    "messages_out_queued",
    messages_out.c.channel,
    messages_out.c.priority,
    messages_out.c.due,
    where=messages_out.c.state == sa.literal("queued"),
)

partial_index(
    "messages_out_by_recipient",
    messages_out.c.person,
    messages_out.c.to,
    messages_out.c.id,
    where=messages_out.c.state == sa.literal("queued"),
)

early_reports = sa.Table(
    "early_reports",
    metadata,
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("provider_id", sa.String(300), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("error", sa.String(200), nullable=False),
    sa.Column("received", sa.String(32), nullable=False),
    sa.Index("early_reports_by_time", "received"),
)
"""What a provider reported of a message before it was written here that the message is sent."""

"""Tables of the register of stranded people."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.portable import ROW_ID
from router.storage.schema.base import metadata

stranded_groups = sa.Table(
    "stranded_groups",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("direction", sa.String(8), nullable=False),
    sa.Column("state", sa.String),
    sa.Column("home_district", sa.String),
    sa.Column("district", sa.String),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("zipcode", sa.String(6), nullable=False),
    sa.Column("phone", sa.String),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("people", sa.Integer),
    sa.Column("wants", sa.String, nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("help", sa.String(12), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("since", sa.String(32), nullable=False),
    sa.Column("changed", sa.String(32), nullable=False),
    sa.Column("listed", sa.Integer, nullable=False, server_default="0"),
    sa.Index("stranded_by_phone", "phone", "direction"),
    sa.Index("stranded_by_state", "direction", "state", "help"),
)
"""Each group as it is now (`router.model.stranded_group.StrandedGroup`); ``wants`` divided by blanks. ``listed``: the
version that the officers of its state were last given."""

stranded_tickets = sa.Table(
    "stranded_tickets",
    metadata,
    sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), primary_key=True),
    sa.Column("group", sa.BigInteger, sa.ForeignKey("stranded_groups.id"), nullable=False),
    sa.Index("stranded_tickets_by_group", "group"),
)
"""Whose tickets they are."""

stranded_lists = sa.Table(
    "stranded_lists",
    metadata,
    sa.Column("direction", sa.String(8), primary_key=True),
    sa.Column("state", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("made", sa.String(32), nullable=False),
    sa.Column("groups", sa.Text, nullable=False),
)
"""The lists handed to the officers of a state: which groups each has had (numbers divided by blanks), no person."""

stranded_answers = sa.Table(
    "stranded_answers",
    metadata,
    sa.Column("digest", sa.String(32), primary_key=True),
    sa.Column("group", sa.BigInteger, nullable=False),
    sa.Column("taken", sa.String(32), nullable=False),
)
"""Digests of the officers' answers that were taken: a file that is read again changes nothing."""

"""Table of the photographs at tickets."""

from __future__ import annotations

import sqlalchemy as sa

from router.storage.portable import ROW_ID, partial_index
from router.storage.schema.base import metadata

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("number", sa.String(9), sa.ForeignKey("tickets.number"), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("source", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("media_type", sa.String(16), nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False),
    sa.Column("caption", sa.Text, nullable=False),
    sa.Column("received", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Index("pictures_by_ticket", "number"),
)
"""Photographs, in the order they came; see `router.model.picture`. The digests are bytes, no text: telephone
numbers are searched for in texts, and ten digits of a digest can be one by chance."""

partial_index("pictures_removed", pictures.c.id, where=pictures.c.state == "removed")

"""Recognises a repeated submission of another program: by its key, or without one by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.errors import WarroomError
from router.storage.repositories import content_repository, ticket_repository

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from router.model.ticket import Ticket
    from router.tickets.report import Report


class IdempotencyConflictError(WarroomError):
    """A report has the key of another one that said something else."""


def known_already(connection: sa.Connection, report: Report) -> Ticket | None:
    """Return the ticket of a report that was kept before, or that is another's sent again without its key.

    Raises:
        IdempotencyConflictError: the key is known, with another content.
    """
    found = ticket_repository.by_source_key(connection, report.source_key)
    if found is not None:
        if content_repository.of(connection, report.source_key) not in (None, report.content):
            raise IdempotencyConflictError(report.source_key)
        return found
    if report.same_since is None:
        return None
    same = content_repository.newest(connection, report.same_from, report.content, report.same_since)
    if same is None:
        return None
    found = ticket_repository.by_source_key(connection, same.source_key)
    assert found is not None  # noqa: S101 - kept in one transaction with its source
    ticket_repository.add_source(connection, report.source_key, found.number)
    content_repository.add(connection, report.source_key, same.content, same.kept)
    return found


def keep_content(connection: sa.Connection, report: Report, now: datetime) -> None:
    """Keep what a report says, for when it comes again; in one transaction with its source."""
    if report.content:
        content_repository.add(connection, report.source_key, report.content, ticket_repository.sortable(now))

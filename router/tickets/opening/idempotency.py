"""Recognises a repeated submission of another program: by its key, or without one by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.clock import sortable
from router.errors import WarroomError

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.opening.report import Report


class IdempotencyConflictError(WarroomError):
    """A report has the key of another one that said something else."""


def known_already(uow: UnitOfWork, report: Report) -> Ticket | None:
    """Return the ticket of a report that was kept before, or that is another's sent again without its key.

    Raises:
        IdempotencyConflictError: the key is known, with another content.
    """
    found = uow.tickets.by_source_key(report.source_key)
    if found is not None:
        if uow.contents.of(report.source_key) not in (None, report.content):
            raise IdempotencyConflictError(report.source_key)
        return found
    if report.same_since is None:
        return None
    same = uow.contents.newest(report.same_from, report.content, report.same_since)
    if same is None:
        return None
    found = uow.tickets.by_source_key(same.source_key)
    assert found is not None  # noqa: S101 - kept in one transaction with its source
    uow.tickets.add_source(report.source_key, found.number)
    uow.contents.add(report.source_key, same.content, same.kept)
    return found


def keep_content(uow: UnitOfWork, report: Report, now: datetime) -> None:
    """Store a report's digest, to recognise it again; in one transaction with its source."""
    if report.content:
        uow.contents.add(report.source_key, report.content, sortable(now))

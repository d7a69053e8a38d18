"""From a submission to a ticket, the same for every channel: normalise, understand, open or join, receipt."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from router.intake.base import Receipt
from router.intake.locate import find_postal_code, locate_district
from router.tickets.opening.content import TicketContent
from router.tickets.opening.create import UNKNOWN_NEED
from router.tickets.opening.report import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places
    from router.intake.base import Submission, TextUnderstanding
    from router.tickets.service import TicketService

_CONTENT = tuple(field.name for field in fields(TicketContent))

_log = logging.getLogger(__name__)


class IntakeService:
    """Takes what channels submit.

    Args:
        tickets: Opens and joins tickets.
        places: Districts, PIN codes, needs.
        understand: Reads texts; None where none come in, as by telephone.
    """

    def __init__(self, tickets: TicketService, places: Places, *, understand: TextUnderstanding | None = None) -> None:
        self._tickets = tickets
        self._places = places
        self._understand = understand

    async def submit(self, submission: Submission) -> Receipt:
        """Open a ticket or join the one that is open for the same trouble; returns after the commit.

        The same ``source_key`` again finds its ticket and changes nothing.

        Raises:
            IdempotencyConflictError: the same ``source_key`` said something else before.
            StorageUnavailableError: nothing was written; no number may be given to the sender.
            NumbersExhaustedError: this node has no number left.
        """
        report = _report_of(submission, self._places)
        if submission.text and self._understand is not None:
            report = await self._understood(report, submission.text, self._understand)
        return Receipt(*await self._tickets.open_or_join(report))

    async def says_need(self, text: str, *, language: str) -> bool:
        """Whether the words of a text say what is needed."""
        if self._understand is None:
            return False
        nothing = Report(source_key="", channel="sms", language=language)
        return (await self._understood(nothing, text, self._understand)).need is not None

    def submit_later(self, submission: Submission) -> None:
        """Keep a submission in memory until the store takes it: of senders who are gone, or got no number.

        Returns at once. A text goes to the room unread: the caller does not wait for understanding.
        """
        self._tickets.open_later(_report_of(submission, self._places))

    async def _understood(self, report: Report, text: str, understand: TextUnderstanding) -> Report:
        """Fill a report from its text; a text that is not understood costs nothing: it goes to a person as it is."""
        need = self._places.needs.get(report.need or "") or self._places.needs[UNKNOWN_NEED]
        known = _StatedFields(
            service_code=need.id,
            priority=report.priority or need.priority,
            **{name: getattr(report, name) for name in _STATED},
        )
        try:
            found = await asyncio.to_thread(understand, text, known, language=report.language)
            return _filled(report, found.fields, found.why, self._places)
        except Exception:  # noqa: BLE001 - whatever a text does to it
            _log.exception("%s: its text was not understood, for a fault of ours", report.source_key)
            return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _StatedFields:
    """`router.tickets.findings.apply_findings.KnownFields` of a report."""

    service_code: str
    priority: int
    district: str | None
    state: str | None
    zipcode: str
    quantity: str
    people: int | None
    address: str
    landmark: str


_STATED = tuple(field.name for field in fields(_StatedFields) if field.name in _CONTENT and field.name != "priority")


def _report_of(submission: Submission, places: Places) -> Report:
    """Return a submission as tickets take it: its number in E.164, its place with the district that is certain.

    Args:
        submission: As a channel got it.
        places: Districts and PIN codes.
    """
    zipcode = submission.zipcode or find_postal_code(submission.address)
    outside = places.state_of_pin(zipcode) if zipcode else None
    content = {name: getattr(submission, name) for name in _CONTENT}
    content |= {
        "zipcode": zipcode,
        "district": submission.district
        or locate_district(
            places, zipcode=zipcode, lat=submission.lat, long=submission.long, address=submission.address
        ),
        "state": submission.state or (outside.id if outside else None),
    }
    return Report(
        **content,
        phone=submission.sender.e164,
        description="\n".join(filter(None, (submission.text, *submission.media_urls))),
    )


def _filled(report: Report, found: Mapping[str, object], why: tuple[str, ...], places: Places) -> Report:
    """Return a report with the content of its text. A stated PIN code outranks another district: it is only noted."""
    changes = dict(found)
    of_pin = [district.id for district in places.by_pin(report.zipcode)] if report.zipcode else []
    if of_pin and changes.get("district") not in (None, *of_pin):
        del changes["district"]
    if "service_code" in changes:
        changes["need"] = changes.pop("service_code")
    if "priority" in changes:
        need = places.needs[str(changes.get("need", report.need or UNKNOWN_NEED))]
        changes["priority"] = min(int(str(changes["priority"])), report.priority or need.priority)
    return replace(report, **changes, understood=why)  # type: ignore[arg-type]

"""The filters of GET Service Requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from router.intake.open311.responses import Open311Error
from router.storage.repositories.tickets.ticket_page_repository import TicketFilter
from router.tickets.ticket_number import valid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places

SPAN = timedelta(days=90)
"""The longest span of one query (GeoReport v2, GET Service Requests)."""
MAX_PAGE_SIZE = 1000
"""The most requests in one answer (the same place)."""
_MAX_PAGE = 100  # beyond it one goes on with `after`, which costs the same for every page
_MAX_LISTED = 100  # values in one filter


@dataclass(frozen=True, slots=True)
class Query:
    """A checked query.

    Attributes:
        numbers: These tickets and nothing else; None: as the filters say.
        wanted: Which tickets otherwise.
        after: Only those older than the ticket with this number.
        page: From 1.
        page_size: At most so many in one answer.
    """

    numbers: tuple[str, ...] | None
    wanted: TicketFilter
    after: str | None
    page: int
    page_size: int


def read_query(params: Mapping[str, str], now: datetime, places: Places) -> Query:
    """Read and check the filters; those that are not given default as the standard says.

    Raises:
        Open311Error: 400, with the problem.
    """
    since, until = _span(_time(params, "start_date"), _time(params, "end_date"), now)
    statuses = set(_listed(params, "status", ("open", "closed")))
    after = params.get("after") or None
    if after and not valid(after):
        raise Open311Error(400, "after: expected the service_request_id of the last request of the page before")
    if after and params.get("page"):
        raise Open311Error(400, "after and page: send one of them")
    return Query(
        numbers=_numbers(params),
        wanted=TicketFilter(
            since,
            until,
            is_open="open" in statuses if len(statuses) == 1 else None,
            services=_listed(params, "service_code", places.needs),
            districts=_listed(params, "district", places.districts),
        ),
        after=after,
        page=_count(params, "page", 1, _MAX_PAGE),
        page_size=_count(params, "page_size", MAX_PAGE_SIZE, MAX_PAGE_SIZE),
    )


def _span(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The requested period: a missing end is 90 days from the other one, or the period is the 90 days until now."""
    try:
        if since is None:
            until = until or now
            since = until - SPAN
        elif until is None:
            until = max(since, min(now, since + SPAN))
    except OverflowError:
        raise Open311Error(400, "start_date and end_date: out of range") from None
    if since > until:
        raise Open311Error(400, "start_date is later than end_date")
    if until - since > SPAN:
        raise Open311Error(
            400, f"start_date to end_date is more than {SPAN.days} days: ask for shorter spans one by one"
        )
    return since, until


def _time(params: Mapping[str, str], name: str) -> datetime | None:
    """Read a time with its zone (http://www.w3.org/TR/NOTE-datetime); a ``+`` may have come as a blank."""
    given = params.get(name)
    if not given:
        return None
    try:
        at = datetime.fromisoformat(re.sub(r" (?=[0-9]{2}:?[0-9]{2}$)", "+", given))
        if at.tzinfo:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Open311Error(400, f"{name}: expected a time with its zone, such as 2020-04-01T06:30:00Z")


def _listed(params: Mapping[str, str], name: str, known: Mapping[str, object] | tuple[str, ...]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(filter(None, params.get(name, "").split(","))))
    if any(value not in known for value in values) or len(values) > _MAX_LISTED:
        expected = "open or closed" if name == "status" else "codes separated by commas"
        raise Open311Error(400, f"{name}: unknown value; expected {expected}")
    return values


def _numbers(params: Mapping[str, str]) -> tuple[str, ...] | None:
    numbers = tuple(dict.fromkeys(filter(None, params.get("service_request_id", "").split(","))))
    if len(numbers) > MAX_PAGE_SIZE:
        raise Open311Error(400, f"service_request_id: more than {MAX_PAGE_SIZE}")
    return tuple(filter(valid, numbers)) if numbers else None


def _count(params: Mapping[str, str], name: str, default: int, most: int) -> int:
    given = params.get(name)
    if not given:
        return default
    if not re.fullmatch(r"[0-9]{1,6}", given, re.ASCII) or not 1 <= int(given) <= most:
        raise Open311Error(400, f"{name}: expected a number from 1 to {most}")
    return int(given)

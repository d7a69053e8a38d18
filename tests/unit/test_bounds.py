"""What values from outside may be, and what becomes of those that were kept before there were bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.conversation.told import expected
from router import bounds
from router.india import INDIA, short
from router.tickets.ticket import Ticket
from tests.stores import BHOPAL

if TYPE_CHECKING:
    from router.tickets.desk import Desk

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=ZONES))
def test_moment_is_in_bounds_or_refused_and_kept_ones_can_be_said(at: datetime) -> None:
    try:
        assert bounds.moment(at) == at
    except ValueError as error:
        assert "five years" in str(error)  # noqa: PT017
    kept = bounds.kept_moment(at)
    assert kept.astimezone(INDIA) + timedelta(days=1) > bounds.EARLIEST
    expected(kept, datetime.now(UTC))
    assert short(at)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:30", "9999-12-31T23:59:59-12:00"])
async def test_ticket_of_before_there_were_bounds_is_told_and_goes_on(desk: Desk, at: str) -> None:
    ticket = await desk.open(BHOPAL)
    old = Ticket.model_validate({**ticket.model_dump(exclude={"cluster", "status"}), "expected_datetime": at})
    assert old.expected_datetime is not None
    assert expected(old.expected_datetime, datetime.now(UTC)) in ([], ["status-late"])
    assert Ticket.model_validate_json(old.model_dump_json()) == old

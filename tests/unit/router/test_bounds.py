"""What values from outside may be, and what becomes of those that were kept before there were bounds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agi.ivr.ticket_prompts import spoken_expectation
from router import bounds
from router.india import INDIA, short
from router.model.ticket import Ticket
from router.stock.stock_report import StockReport
from router.strict_json import validate_json
from router.tickets.command import Changes
from tests.support.stores import BHOPAL

if TYPE_CHECKING:
    from router.tickets.service import TicketService

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=ZONES))
def test_moment_is_in_bounds_or_refused_and_kept_ones_can_be_said(at: datetime) -> None:
    try:
        assert bounds.moment(at) == at
    except ValueError as error:
        assert "five years" in str(error)  # noqa: PT017
    kept = bounds.kept_moment(at)
    assert kept.astimezone(INDIA) + timedelta(days=1) > bounds.EARLIEST
    spoken_expectation(kept, datetime.now(UTC))
    assert short(at)


@pytest.mark.parametrize("at", ["1796007596", "1796007596000", 1796007596, 1.8e9, True, "20261201", "", []])
def test_numbers_are_no_moments_written_or_not(at: object) -> None:
    for model, field in ((Changes, "expected_datetime"), (StockReport, "as_of")):
        with pytest.raises(ValidationError) as refused:
            validate_json(model, json.dumps({field: at}))
        assert any(e["loc"] == (field,) and "2020-04-01T12:00:00+05:30" in e["msg"] for e in refused.value.errors())


@pytest.mark.parametrize("at", ["2020-04-01T12:00+0530", "2020-04-01 06:30:00Z", "2020-04-01T06:30:00.000000001Z"])
def test_moments_may_be_written_as_iso_8601_has_them(at: str) -> None:
    changes = validate_json(Changes, json.dumps({"expected_datetime": at}))
    assert changes.expected_datetime == datetime(2020, 4, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:30", "9999-12-31T23:59:59-12:00"])
async def test_ticket_of_before_there_were_bounds_is_told_and_goes_on(desk: TicketService, at: str) -> None:
    ticket = await desk.open(BHOPAL)
    old = Ticket.model_validate({**ticket.model_dump(exclude={"cluster", "status"}), "expected_datetime": at})
    assert old.expected_datetime is not None
    assert spoken_expectation(old.expected_datetime, datetime.now(UTC)) in ([], ["status-late"])
    assert Ticket.model_validate_json(old.model_dump_json()) == old

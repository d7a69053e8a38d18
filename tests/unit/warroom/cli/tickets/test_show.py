"""What `warroom tickets show` prints of a ticket's place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from router.model.stages import Stage
from router.model.ticket import Ticket
from warroom.cli.tickets.show import _head

NOW = datetime(2026, 4, 14, 6, 0, tzinfo=UTC)
BLANK = Ticket(
    service_request_id="100000013",
    version=1,
    stage=Stage.TRIAGE,
    priority=1,
    service_code="danger",
    room="state",
    desk="health",
    agency_responsible="State war room",
    requested_datetime=NOW,
    updated_datetime=NOW,
    channel="whatsapp",
    source_key="whatsapp:5/1",
)


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({}, "district unknown"),
        ({"state": "uttar-pradesh", "lat": 26.85, "long": 80.95}, "Uttar Pradesh (उत्तर प्रदेश), 26.85 80.95"),
        ({"district": "bhopal", "zipcode": "462001"}, "Bhopal (भोपाल), 462001"),
    ],
)
def test_place_is_shown_as_far_as_it_is_known(place: dict[str, object], shown: str) -> None:
    lines = list(_head(BLANK.model_copy(update=place)))
    assert f"  where      {shown}" in lines

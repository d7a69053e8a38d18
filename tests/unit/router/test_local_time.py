"""India's time in lists and spans, on a machine that is set to another zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from router.india import local, short

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["UTC", "Asia/Kolkata", "America/Los_Angeles"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
def test_a_day_is_indias() -> None:
    late = datetime(2026, 11, 28, 18, 40, tzinfo=UTC)
    assert short(late) == "29 Nov 00:10"
    assert local(datetime(2026, 11, 29)) == datetime(2026, 11, 28, 18, 30, tzinfo=UTC)  # noqa: DTZ001 - as typed


def test_no_code_asks_the_machine_for_its_zone() -> None:
    """A moment is turned into the zone of whoever reads it, which is India's, and never the machine's."""
    wrong = (".astimezone()", "datetime.now()", "date.today()", "utcnow(", "time.localtime(")
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for part in ("agi", "recordings", "router", "warroom")
        for path in (ROOT / part).rglob("*.py")
        for what in wrong
        if what in path.read_text("utf-8")
    ]
    assert found == []

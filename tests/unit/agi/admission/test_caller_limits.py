"""Numbers that call too often or are blocked: urgent help only, and never less than that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agi.admission.caller_limits import FIRST_WITHIN, AdmissionDecision, CallerLimits
from agi.dialplan import NextAction
from agi.settings import RateLimitSettings
from router.storage.engine import Storage
from router.tickets.blocklist import BlockList
from tests.support.ivr_fakes import MOBILE_E164, UNIQUEID, FakeBlocks, limited_flow, simulate_call

NOW = datetime(2020, 4, 1, 10, 0, tzinfo=UTC)
OTHER = "+919812343211"
FREE, URGENT, DANGER = (
    AdmissionDecision(),
    AdmissionDecision(limited=True),
    AdmissionDecision(limited=True, medical=False),
)


def limits(*blocked: str, error: Exception | None = None, **settings: object) -> CallerLimits:
    return CallerLimits(FakeBlocks(*blocked, error=error), RateLimitSettings.model_validate(settings))


async def test_limits_count_in_a_moving_window() -> None:
    some = limits(max_calls=2, window_minutes=10)
    at = [NOW + timedelta(minutes=minute) for minute in (0, 1, 2, 10.5, 30)]
    assert [await some.arrives(MOBILE_E164, moment) for moment in at] == [FREE, FREE, URGENT, URGENT, FREE]
    assert await some.arrives(OTHER, at[2]) == FREE
    assert await some.arrives(None, at[2]) == FREE


async def test_limits_spare_who_is_to_be_spared() -> None:
    some = limits(max_calls=1, window_minutes=10, exempt=["09812343210"])
    assert [await some.arrives(MOBILE_E164, NOW) for _ in range(3)] == [FREE] * 3
    assert [await limits(max_calls=0).arrives(MOBILE_E164, NOW) for _ in range(2)] == [FREE] * 2


async def test_limits_medical_help_once_a_day() -> None:
    some = limits(MOBILE_E164)
    assert await some.arrives(MOBILE_E164, NOW) == URGENT
    some.booked(MOBILE_E164, "ration", NOW)
    assert await some.arrives(MOBILE_E164, NOW) == URGENT
    some.booked(MOBILE_E164, "medical", NOW)
    assert await some.arrives(MOBILE_E164, NOW + FIRST_WITHIN / 2) == DANGER
    assert await some.arrives(MOBILE_E164, NOW + FIRST_WITHIN) == URGENT


@pytest.mark.parametrize("error", [TimeoutError()])
async def test_limits_without_the_store_nobody_is_blocked(error: Exception) -> None:
    assert await limits(MOBILE_E164, error=error).arrives(MOBILE_E164, NOW) == FREE


async def test_limited_conversation_books_medical_help_and_offers_no_person(tmp_path: Path) -> None:
    talk = await simulate_call(tmp_path, ["2", "462001#", "1", "1", "#", "2"], steps=limited_flow())
    (report,) = talk.desk.opened.values()
    assert (report.need, report.district, report.call) == ("medical", "bhopal", UNIQUEID)
    assert talk.call.booked == {"medical"}
    assert (talk.session.heard[-1], talk.session.next) == ("limited-bye", NextAction.HANGUP)


@pytest.mark.parametrize("medical", [True, False])
@pytest.mark.parametrize("key", ["9", "0", "1"])
async def test_limited_conversation_danger_is_one_key_away_always(tmp_path: Path, key: str, medical: bool) -> None:
    talk = await simulate_call(tmp_path, [key] * 3, steps=limited_flow(), medical=medical)
    assert ("limited-medical" in talk.session.heard) == medical
    assert talk.session.next is (NextAction.HUNT if key == "9" else NextAction.HANGUP)
    assert talk.call.booked == ({"danger"} if key == "9" else set())


async def test_blocks_are_kept_and_run_out(store: Storage) -> None:
    blocks = BlockList(store)
    await blocks.add(MOBILE_E164, "abuse", by="admin")
    await blocks.add(OTHER, "abuse", by="admin", length=timedelta(seconds=-1))
    assert (await blocks.of_phone(MOBILE_E164)).why == "abuse"  # type: ignore[union-attr]
    assert await blocks.of_phone(OTHER) is None
    await blocks.add(MOBILE_E164, "worse", by="admin")
    assert sorted(block.why for block in await blocks.all()) == ["abuse", "worse"]
    assert await blocks.remove(MOBILE_E164)
    assert not await blocks.remove(MOBILE_E164)
    assert await blocks.of_phone(MOBILE_E164) is None

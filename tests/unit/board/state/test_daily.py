"""Today against yesterday, and messages not yet transcribed, counted in a real store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from board.state.daily import DailyFigures
from recordings.transcription.transcription_hook import ask_for_transcription
from router.clock import MICROSECONDS
from router.storage.repositories.calls.call_log_repository import LoggedCall
from tests.support.stores import new_recordings, opened_desk, opened_store, places, report


async def test_today_stands_beside_yesterday_by_this_time_of_day(tmp_path: Path) -> None:
    now = datetime(2020, 4, 2, 6, 30, tzinfo=UTC)  # noon in India
    came_in = {  # hours before now: of India's today until 12, of yesterday until 36
        "today": 1,
        "answered today": 11.5,
        "after this time yesterday": 13,
        "before it": 25,
        "the day before": 37,
    }
    calls = [
        LoggedCall(what, micro := int((now - timedelta(hours=hours)).timestamp()) * MICROSECONDS, trunk="bsnl",
                   answered=micro if what.startswith("answered") else None)
        for what, hours in came_in.items()
    ]  # fmt: skip
    calls.append(LoggedCall("ours", calls[0].arrived, "out"))
    async with opened_store(tmp_path / "store.sqlite") as store:
        await store.write(lambda uow: uow.call_log.write(calls, []))
        totals = await DailyFigures(store).totals(now)
    assert totals == {
        "today": {"calls": 2, "answered": 1, "tickets": 0},
        "yesterday_by_now": {"calls": 1, "answered": 0, "tickets": 0},
        "yesterday": {"calls": 2, "answered": 0, "tickets": 0},
    }


async def test_tickets_of_today_and_messages_without_text(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "store.sqlite") as store, opened_desk(store) as desk:
        desk.on_change(ask_for_transcription(places()))
        await desk.open(report("one", recordings=new_recordings("a.wav", "b.wav")))
        await desk.open(report("two"))
        daily = DailyFigures(store)
        now = datetime.now(UTC) + timedelta(seconds=1)
        totals = await daily.totals(now)
        opened = sum(totals[day]["tickets"] for day in ("today", "yesterday"))  # type: ignore[index]
        assert opened == 2  # they may have been opened before midnight
        waiting = await daily.transcription()
        taken = await store.read(lambda uow: uow.recordings.oldest_waiting())
    assert taken is not None
    assert waiting == {"waiting": 2, "oldest": taken.isoformat()}


async def test_the_calls_of_an_hour_that_is_over_are_counted_once(tmp_path: Path) -> None:
    now = datetime(2020, 4, 2, 6, 30, tzinfo=UTC)  # noon in India
    async with opened_store(tmp_path / "store.sqlite") as store:
        daily = DailyFigures(store)

        async def calls(*, hours_ago: float) -> object:
            arrived = int((now - timedelta(hours=hours_ago)).timestamp()) * MICROSECONDS
            await store.write(lambda uow: uow.call_log.write([LoggedCall(f"1.{arrived}", arrived)], []))
            totals = await daily.totals(now)
            return [totals[name]["calls"] for name in ("today", "yesterday_by_now", "yesterday")]  # type: ignore[index]

        assert await calls(hours_ago=0.1) == [1, 0, 0]
        assert await calls(hours_ago=0.2) == [2, 0, 0]
        assert await calls(hours_ago=24.1) == [2, 0, 0]  # of an hour that was counted
        assert await DailyFigures(store).totals(now) != await daily.totals(now)

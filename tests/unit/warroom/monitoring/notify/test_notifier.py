"""When a channel sends what: grouped, repeated with backoff, once when mended, never a storm, kept over a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from warroom.config.alert_settings import AlertSettings
from warroom.monitoring.notify.channels import ChannelError
from warroom.monitoring.notify.notifier import FAILED_TRIES, Notifier

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from warroom.monitoring.notify.message import AlertMessage

SETTINGS = AlertSettings(group_s=60, repeat_minutes=60)


class Recorder:
    """A channel that keeps what it takes, and a clock that is set by hand."""

    name = "mail"

    def __init__(self) -> None:
        self.taken: list[AlertMessage] = []
        self.fails = False
        self.now = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)

    def send(self, message: AlertMessage) -> None:
        if self.fails:
            raise ChannelError("mail server: away")
        self.taken.append(message)

    def told(self) -> list[tuple[list[str], list[str], list[str]]]:
        """New, standing and mended kinds of each message."""
        groups = [(one.new, one.standing, one.mended) for one in self.taken]
        return [tuple(sorted(line.kind for line in lines) for lines in group) for group in groups]  # type: ignore[misc]


class Bench:
    """A store, a channel and its notifier."""

    def __init__(self, store: Storage) -> None:
        self.store = store
        self.channel = Recorder()
        self.restart()

    def restart(self) -> None:
        self.notifier = Notifier(self.store, self.channel, SETTINGS, lambda: self.channel.now)

    async def set(self, kind: str, what: str = "it is so", room: str = "state") -> None:
        await self.store.write(lambda uow: uow.alerts.raise_alert(kind, room, {"what": what}))

    async def end(self, kind: str) -> None:
        await self.store.write(lambda uow: uow.alerts.end_alert(kind, "state"))

    async def after(self, **later: float) -> None:
        self.channel.now += timedelta(**later)
        await self.notifier.look(await self.store.read(lambda uow: uow.alerts.active()))


@pytest.fixture
def bench(store: Storage) -> Bench:
    return Bench(store)


async def test_alerts_within_the_window_are_one_message(bench: Bench) -> None:
    await bench.set("trunk-down")
    await bench.after(seconds=1)
    await bench.set("clock")
    await bench.set("room-offline", room="district-bhopal")
    await bench.after(seconds=30)
    assert bench.channel.told() == []
    await bench.after(seconds=31)
    assert bench.channel.told() == [(["clock", "trunk-down"], [], [])], "what rooms are late with is not sent"
    await bench.after(seconds=90)
    assert len(bench.channel.taken) == 1


async def test_what_was_over_within_the_window_is_not_told(bench: Bench) -> None:
    await bench.set("trunk-down")
    await bench.after(seconds=1)
    await bench.end("trunk-down")
    await bench.after(seconds=200)
    assert bench.channel.told() == []
    assert await bench.store.read(lambda uow: uow.jobs.open_jobs("notify-mail")) == {}


async def test_repeated_with_backoff_then_mended(bench: Bench) -> None:
    await bench.set("trunk-down")
    await bench.after(seconds=1)
    await bench.after(seconds=61)
    for minutes in (59, 2, 61, 57, 3):  # repeated after one hour, then after two
        await bench.after(minutes=minutes)
    assert bench.channel.told()[1:] == [([], ["trunk-down"], [])] * 2
    await bench.end("trunk-down")
    await bench.after(minutes=2)
    await bench.after(minutes=2)
    assert bench.channel.told()[3:] == [([], [], ["trunk-down"])]
    await bench.set("trunk-down")
    await bench.after(seconds=1)
    await bench.after(seconds=61)
    assert bench.channel.told()[4:] == [(["trunk-down"], [], [])], "down again is a new alert"


async def test_alert_that_says_something_new_is_told_at_once(bench: Bench) -> None:
    await bench.set("trunk-down", "trunk bsnl")
    await bench.after(seconds=1)
    await bench.after(seconds=61)
    await bench.set("trunk-down", "trunk bsnl; trunk airtel")
    await bench.after(seconds=61)
    assert [one.new[0].what for one in bench.channel.taken] == ["trunk bsnl", "trunk bsnl; trunk airtel"]


async def test_restart_repeats_nothing_and_forgets_nothing(bench: Bench) -> None:
    await bench.set("trunk-down")
    await bench.after(seconds=1)
    bench.restart()
    await bench.after(seconds=61)
    bench.restart()
    await bench.after(seconds=61)
    assert bench.channel.told() == [(["trunk-down"], [], [])]
    await bench.end("trunk-down")
    bench.restart()
    await bench.after(seconds=61)
    assert bench.channel.told()[1:] == [([], [], ["trunk-down"])]


async def test_message_that_is_not_taken_is_sent_later_with_all_that_came_meanwhile(bench: Bench) -> None:
    bench.channel.fails = True
    await bench.set("trunk-down")
    await bench.after(seconds=1)
    for _ in range(FAILED_TRIES):
        assert bench.notifier.failure == ""
        await bench.after(minutes=11)
    assert "mail server: away" in bench.notifier.failure
    await bench.set("clock")
    bench.channel.fails = False
    await bench.after(minutes=11)
    assert bench.channel.told() == [(["clock", "trunk-down"], [], [])]
    assert bench.notifier.failure == ""


async def test_alert_that_comes_and_goes_is_no_storm(bench: Bench) -> None:
    for _ in range(90):  # three hours, each minute up and down again
        await bench.set("trunk-down")
        await bench.after(seconds=30)
        await bench.after(seconds=61)
        await bench.end("trunk-down")
        await bench.after(seconds=29)
    assert SETTINGS.messages_per_hour < len(bench.channel.taken) <= 4 * SETTINGS.messages_per_hour

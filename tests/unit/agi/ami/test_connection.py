"""The manager link: split bytes, bad values, dead links, wrong secrets, and the way back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

import agi.ami.connection
from agi.ami.connection import AmiConnection
from agi.ami.errors import AmiBadValueError, AmiNotConnectedError, AmiRefusedError, AmiTimeoutError
from agi.ami.protocol import MAX_MESSAGE
from tests.support.ami_server import SECRET, USER, FakeManager, channel, event_bytes

DIDS = {"181": "181", "104": "104"}
HINDI = "रामकुमार"


@pytest.fixture
async def manager() -> AsyncIterator[FakeManager]:
    running = FakeManager()
    yield running
    await running.stop()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi.ami.connection, "INITIAL_BACKOFF_S", 0.01)


class Watched(AmiConnection):
    """A link whose changes can be waited for."""

    def __init__(self, port: int, secret: str = SECRET) -> None:
        super().__init__("127.0.0.1", port, USER, secret, dids=DIDS)
        self.calls = 0
        self._event = asyncio.Event()
        self.on_change(self._note)

    def _note(self) -> None:
        self.calls += 1
        self._event.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():
                self._event.clear()
                await self._event.wait()


@asynccontextmanager
async def linked(manager: FakeManager, *, secret: str = SECRET, wait: bool = True) -> AsyncIterator[Watched]:
    link = Watched(await manager.start(), secret)
    task = asyncio.create_task(link.run())
    try:
        if wait:
            await link.until(lambda: link.connected)
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_link_logs_in_and_lists_channels(manager: FakeManager) -> None:
    manager.channels = [channel("1.1"), channel("1.2", "104"), channel("1.3", "", linkedid="1.1")]
    async with linked(manager) as link:
        assert link.channels.alive == {"1.1", "1.2", "1.3"}
        assert link.channels.calls_by_helpline() == {"181": 1, "104": 1}
    login = manager.actions[0]
    assert (login["Action"], login["Username"], login["Events"]) == ("Login", USER, "call,system,user,agent,dtmf")


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 0])
async def test_hindi_split_at_any_byte(manager: FakeManager, piece: int) -> None:
    manager.piece = piece
    manager.channels = [channel("1.1", name=f"Local/{HINDI}")]
    async with linked(manager) as link:
        await manager.event("Newchannel", channel("1.2", name=f"PJSIP/{HINDI}", who=HINDI))
        await link.until(lambda: "1.2" in link.channels.alive)
        first, second = link.channels.channel("1.1"), link.channels.channel("1.2")
    assert first is not None
    assert second is not None
    assert (first.name, second.name) == (f"Local/{HINDI}", f"PJSIP/{HINDI}")


async def test_bytes_that_are_not_utf8_do_not_hurt(manager: FakeManager) -> None:
    async with linked(manager) as link:
        raw = event_bytes("Newchannel", channel("1.2", who="Ren_")).replace(b"Ren_", b"Ren\xe9")
        await manager.send(raw)
        await link.until(lambda: "1.2" in link.channels.alive)
        assert link.connected


@pytest.mark.parametrize(
    "action",
    [
        {"Action": "Redirect", "Channel": "a\r\nAction: Originate"},
        {"Action": "Redirect", "Channel": "a\nb"},
        {"Action": "Redirect", "Chan\rnel": "a"},
        {"Action": "Redirect", "Variable": ["a=b", "c=d\r\n\r\nAction: Command"]},
        {"Action": "Redirect\0", "Channel": "a"},
    ],
)
async def test_action_with_a_line_end_is_not_sent(manager: FakeManager, action: dict[str, str]) -> None:
    async with linked(manager) as link:
        sent = len(manager.actions)
        with pytest.raises(AmiBadValueError):
            await link.action(action)
        await link.action({"Action": "Ping"})
    assert [a["Action"] for a in manager.actions[sent:]] == ["Ping"]


async def test_action_before_the_link_is_up() -> None:
    link = AmiConnection("127.0.0.1", 1, USER, SECRET)
    with pytest.raises(AmiNotConnectedError, match="Redirect"):
        await link.action({"Action": "Redirect", "Channel": "a"})


async def test_action_gets_its_own_answer(manager: FakeManager) -> None:
    async with linked(manager) as link:
        names = [f"Action{n}" for n in range(20)]
        answers = await asyncio.gather(*(link.action({"Action": name}) for name in names))
    assert [answer["Message"] for answer in answers] == [f"{name} successful" for name in names]


async def test_action_that_asterisk_refuses(manager: FakeManager) -> None:
    manager.refused["Redirect"] = "Channel does not exist"
    async with linked(manager) as link:
        with pytest.raises(AmiRefusedError, match="Redirect: Channel does not exist"):
            await link.action({"Action": "Redirect", "Channel": "a"})


async def test_action_without_an_answer(manager: FakeManager) -> None:
    manager.silent.add("Redirect")
    async with linked(manager) as link:
        with pytest.raises(AmiTimeoutError, match="Redirect"):
            await link.action({"Action": "Redirect"}, 0.05)
        assert (await link.action({"Action": "Ping"}))["Ping"] == "Pong"
        assert link._protocol is not None
        assert link._protocol.responses == {}


async def test_action_whose_link_breaks_fails_and_is_not_sent_again(manager: FakeManager) -> None:
    manager.silent.add("Originate")
    async with linked(manager) as link:
        task = asyncio.create_task(link.action({"Action": "Originate", "Channel": "PJSIP/a"}))
        await manager.wait_for("Originate")
        manager.cut()
        with pytest.raises(AmiNotConnectedError, match="Originate"):
            await task
        await link.until(lambda: manager.connections == 2 and link.connected)
        await link.action({"Action": "Ping"})
    assert [a["Action"] for a in manager.actions].count("Originate") == 1


async def test_wrong_secret_is_tried_again_and_not_logged(
    manager: FakeManager, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with linked(manager, secret="a-wrong-secret", wait=False) as link:
            await manager.wait_for("Login", 3)
            assert not link.connected
            link._secret = SECRET
            await link.until(lambda: link.connected)
    assert "Authentication failed for user 'warroom'" in caplog.text
    assert "secret must be that of manager.conf" in caplog.text
    assert "a-wrong-secret" not in caplog.text
    assert SECRET not in caplog.text


async def test_pauses_grow_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi.ami.connection, "INITIAL_BACKOFF_S", 1.0)
    pauses: list[float] = []

    class EnoughError(Exception): ...

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            raise EnoughError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(EnoughError):
        await AmiConnection("127.0.0.1", 1, USER, SECRET).run()
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_connection_cut_in_an_event_comes_back_with_the_picture(manager: FakeManager) -> None:
    manager.channels = [channel("1.1")]
    async with linked(manager) as link:
        link.channels.assign("1.1", "104", "menu")
        await manager.send(event_bytes("Newchannel", channel("1.9"))[:60])
        manager.channels = [channel("1.1", "s"), channel("1.5")]
        manager.cut()
        await link.until(lambda: not link.connected)
        await link.until(lambda: link.connected)
        assert link.channels.alive == {"1.1", "1.5"}
        assert link.channels.calls_by_stage() == {"104": {"menu": 1}, "181": {"arrived": 1}}


async def test_channels_that_come_and_go_while_the_list_is_sent(manager: FakeManager) -> None:
    manager.channels = [channel("1.1"), channel("1.2"), channel("1.3")]
    manager.during_list = event_bytes("Newchannel", channel("1.4")) + event_bytes("Hangup", channel("1.3"))
    async with linked(manager) as link:
        assert link.channels.alive == {"1.1", "1.2", "1.4"}


async def test_dead_link_is_noticed_by_its_ping(manager: FakeManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi.ami.connection, "PING_INTERVAL_S", 0.02)
    monkeypatch.setattr(agi.ami.connection, "PING_TIMEOUT_S", 0.05)
    async with linked(manager) as link:
        await manager.wait_for("Ping", 2)
        manager.silent.add("Ping")
        await link.until(lambda: not link.connected)
        manager.silent.clear()
        await link.until(lambda: link.connected)
    assert manager.connections == 2


async def test_dead_link_is_noticed_within_ten_seconds() -> None:
    assert agi.ami.connection.PING_INTERVAL_S + agi.ami.connection.PING_TIMEOUT_S <= 10


async def test_asterisk_that_shuts_down(manager: FakeManager, caplog: pytest.LogCaptureFixture) -> None:
    async with linked(manager) as link:
        await manager.event("Shutdown", {"Shutdown": "Cleanly", "Restart": "False"})
        await link.until(lambda: not link.connected)
        await link.until(lambda: link.connected)
    assert "Asterisk is shutting down" in caplog.text


@pytest.mark.parametrize(
    ("greeting", "told"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not an Asterisk manager"),
        (b"Asterisk Call Manager/" + b"9" * (MAX_MESSAGE + 1), "not an Asterisk manager"),
        (b"Asterisk Call Manager/1\r\nEvent: X\r\n" + b"x" * (MAX_MESSAGE + 1), "more than 65536 bytes"),
    ],
)
async def test_something_else_that_listens_there(
    manager: FakeManager, caplog: pytest.LogCaptureFixture, greeting: bytes, told: str
) -> None:
    sound, manager.greeting = manager.greeting, greeting
    async with linked(manager, wait=False) as link:
        async with asyncio.timeout(10):
            while told not in caplog.text:
                await asyncio.sleep(0.001)
        manager.greeting = sound
        await link.until(lambda: link.connected)


async def test_manager_that_says_nothing(
    manager: FakeManager, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agi.ami.connection, "LOGIN_TIMEOUT_S", 0.02)
    manager.silent.add("Login")
    async with linked(manager, wait=False) as link:
        await manager.wait_for("Login", 2)
        manager.silent.clear()
        await link.until(lambda: link.connected)
    assert "Login: no answer within" in caplog.text


async def test_list_that_asterisk_refuses_is_tried_again(
    manager: FakeManager, caplog: pytest.LogCaptureFixture
) -> None:
    manager.refused["CoreShowChannels"] = "Permission denied"
    async with linked(manager, wait=False) as link:
        await manager.wait_for("CoreShowChannels", 2)
        assert not link.connected
        manager.refused.clear()
        await link.until(lambda: link.connected)
    assert "CoreShowChannels: Permission denied" in caplog.text


async def test_many_changes_make_one_call_back(manager: FakeManager) -> None:
    async with linked(manager) as link:
        before = link.calls
        raw = b"".join(event_bytes("Newchannel", channel(f"2.{n}")) for n in range(100))
        await manager.send(raw)
        await link.until(lambda: len(link.channels.alive) == 100)
        assert 1 <= link.calls - before < 10

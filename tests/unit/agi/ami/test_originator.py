"""Placing calls: what Asterisk is told, and when a call counts as over."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from agi.ami import connection as link_module
from agi.ami.connection import AmiConnection
from agi.ami.errors import AmiBadValueError, AmiNotConnectedError, AmiRefusedError
from agi.ami.originator import FULL, Originator
from router.helpline import HelplineId
from tests.support.ami_server import SECRET, USER, FakeManager, channel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NUMBER, TICKET, ID = "9812343210", "100000013", "callback.100000013.2.1"
LOCAL = channel(ID, NUMBER, name=f"Local/{TICKET}@callback-dial-00000001;1")


class Line:
    """A manager, a link to it, and one call being placed."""

    def __init__(self, manager: FakeManager, link: AmiConnection) -> None:
        self.manager, self.link = manager, link
        self.dialler = Originator(link)

    def place(self) -> asyncio.Task[str]:
        return asyncio.create_task(self.dialler.call(NUMBER, TICKET, ID, limit_s=10))

    async def response(self, response: str, reason: str) -> None:
        await self.manager.event("OriginateResponse", {"ActionID": ID, "Response": response, "Reason": reason})

    async def until(self, connected: bool) -> None:
        async with asyncio.timeout(5):
            while self.link.connected is not connected:
                changed = asyncio.Event()
                self.link.on_change(changed.set)
                await changed.wait()


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    monkeypatch.setattr(link_module, "INITIAL_BACKOFF_S", 0.05)
    async with _line() as opened:
        yield opened


@asynccontextmanager
async def _line() -> AsyncIterator[Line]:
    manager = FakeManager()
    link = AmiConnection("127.0.0.1", await manager.start(), USER, SECRET)
    opened = Line(manager, link)
    task = asyncio.create_task(link.run())
    try:
        await opened.until(connected=True)
        yield opened
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await manager.stop()


async def test_call_goes_into_the_two_contexts_and_nowhere_else(line: Line) -> None:
    task = line.place()
    sent = await line.manager.wait_for("Originate")
    assert {key: sent[key] for key in ("Channel", "Context", "Exten", "Priority", "ChannelId", "Async")} == {
        "Channel": f"Local/{TICKET}@callback-dial/n",
        "Context": "callback",
        "Exten": TICKET,
        "Priority": "1",
        "ChannelId": ID,
        "Async": "true",
    }
    assert sent["Variable"] == f"WR_CITIZEN={NUMBER}"
    assert [key for key, value in sent.items() if NUMBER in str(value)] == ["Variable"]
    assert not {"Application", "Data"} & sent.keys()
    await line.response("Failure", "5")
    assert await task == "busy"


@pytest.mark.parametrize(
    "number", ["981234321", "98123432101", "0812343210", "98123x3210", "९८१२३४३२१०", "9812343210&x"]
)
async def test_call_of_anything_but_ten_digits_is_not_sent(line: Line, number: str) -> None:
    with pytest.raises(AmiBadValueError):
        await line.dialler.call(number, TICKET, ID, limit_s=1)
    with pytest.raises(AmiBadValueError):
        await line.dialler.call(NUMBER, "1", ID, limit_s=1)
    assert [action for action in line.manager.actions if action["Action"] == "Originate"] == []


@pytest.mark.parametrize("helpline", ["181", "warroom", "district-bhopal"])
async def test_call_into_each_kind_of_helpline(line: Line, helpline: str) -> None:
    task = asyncio.create_task(line.dialler.call_in(NUMBER, HelplineId(helpline), ID, limit_s=10))
    action = await line.manager.wait_for("Originate")
    assert (action["Context"], action["Exten"]) == ("call-in", helpline)
    task.cancel()


async def test_call_into_what_is_no_helpline_is_not_sent(line: Line) -> None:
    with pytest.raises(AmiBadValueError):
        await line.dialler.call_in(NUMBER, HelplineId("181,1&x"), ID, limit_s=1)


async def test_call_is_no_caller_and_is_over_when_its_channel_has_gone(line: Line) -> None:
    task = line.place()
    await line.manager.wait_for("Originate")
    await line.manager.event("Newchannel", LOCAL)
    await line.response("Success", "4")
    await line.manager.event("Newchannel", channel("1.1"))  # somebody calls in
    async with asyncio.timeout(5):
        while not line.dialler.callers:
            await asyncio.sleep(0)
    assert (line.dialler.callers, line.dialler.is_up(ID), task.done()) == (1, True, False)
    await line.manager.event("Hangup", {"Uniqueid": ID})
    assert await task == ""


async def test_call_that_found_the_trunk_full_says_so(line: Line) -> None:
    task = line.place()
    await line.manager.wait_for("Originate")
    await line.manager.event("UserEvent", {"UserEvent": "WrFull", "Uniqueid": f"{ID}.out"})
    await line.response("Failure", "8")
    assert await task == FULL


async def test_call_is_over_when_its_conversation_is_though_an_operator_goes_on(line: Line) -> None:
    task = line.place()
    await line.manager.wait_for("Originate")
    await line.manager.event("Newchannel", LOCAL)
    line.dialler.talked(ID)
    assert await task == ""


async def test_call_whose_end_was_missed_is_over_once_asterisk_no_longer_lists_it(line: Line) -> None:
    task = line.place()
    await line.manager.wait_for("Originate")
    await line.manager.event("Newchannel", LOCAL)
    line.manager.channels = [LOCAL]
    line.manager.cut()
    await line.manager.wait_for("CoreShowChannels", times=2)
    await line.until(connected=True)
    assert not task.done()
    line.manager.channels = []
    line.manager.cut()
    assert await task == "the link to Asterisk broke"
    assert len([action for action in line.manager.actions if action["Action"] == "Originate"]) == 1


async def test_call_that_asterisk_refuses_or_that_cannot_be_sent_says_so(line: Line) -> None:
    line.manager.refused["Originate"] = "Extension does not exist."
    with pytest.raises(AmiRefusedError, match="does not exist"):
        await line.place()
    await line.manager.stop()
    await line.until(connected=False)
    with pytest.raises(AmiNotConnectedError):
        await line.place()

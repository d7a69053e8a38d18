"""What follows by itself when somebody comes or leaves, and what becomes of an operation that Asterisk will not do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from agi.ami.connection import AmiConnection
from agi.call_control.service import CallControlService
from router.storage.errors import StorageUnavailableError
from router.tickets.errors import CommandRefusedError
from tests.support.ami_server import SECRET, USER, FakeManager, channel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class DeskAway:
    """The store is away: people are put through all the same."""

    def __getattr__(self, name: str) -> Any:
        async def away(*_: object, **__: object) -> None:
            raise StorageUnavailableError("locked", None, "wait")  # type: ignore[arg-type]

        return away


class CallControlHarness:
    """Asterisk as it tells of itself, and the bridging."""

    def __init__(self, manager: FakeManager, link: AmiConnection) -> None:
        self.manager, self.link = manager, link
        self.bridging = CallControlService(link, DeskAway(), lambda: {"line-104"}, history=None)  # type: ignore[arg-type]

    async def comes(self, uniqueid: str, linkedid: str, *, helpline: str = "") -> None:
        name = f"PJSIP/{uniqueid}-1"
        fields = channel(uniqueid, "181" if helpline else "", linkedid=linkedid, name=name)
        await self.manager.event("Newchannel", fields)
        self.manager.states[name] = {
            **fields,
            "ChannelStateDesc": "Up",
            "Variable": f"WR_HELPLINE={helpline or '(null)'}",
        }

    def is_at(self, uniqueid: str, context: str, exten: str = "s", bridge: str = "") -> None:
        name = f"PJSIP/{uniqueid}-1"
        self.manager.states[name] = {
            **self.manager.states[name], "Context": context, "Exten": exten, "BridgeID": bridge
        }  # fmt: skip

    async def enters(self, uniqueid: str, bridge: str, *, conference: str = "", linkedid: str) -> None:
        self.is_at(uniqueid, "conference" if conference else "dial", conference or "s", bridge)
        more = {"BridgeCreator": "ConfBridge", "BridgeName": conference} if conference else {}
        await self._moves("BridgeEnter", uniqueid, {"BridgeUniqueid": bridge, "Linkedid": linkedid, **more})

    async def leaves(self, uniqueid: str, bridge: str, conference: str) -> None:
        more = {"BridgeUniqueid": bridge, "BridgeCreator": "ConfBridge", "BridgeName": conference}
        await self._moves("BridgeLeave", uniqueid, more)

    async def _moves(self, event: str, uniqueid: str, fields: dict[str, str]) -> None:
        await self.manager.event(event, {"Uniqueid": uniqueid, "Channel": f"PJSIP/{uniqueid}-1", **fields})

    async def told(self) -> None:
        """Until all that has been said so far was taken in, and what follows from it is done."""
        await self.link.action({"Action": "Ping"})
        await self.bridging.close()

    def moves(self, context: str) -> set[str]:
        return {a["Channel"] for a in self.manager.actions if a["Action"] == "Redirect" and a["Context"] == context}

    async def pair(self, citizen: str, operator: str, bridge: str) -> None:
        await self.comes(citizen, citizen, helpline="181")
        await self.comes(operator, citizen)
        for one in (citizen, operator):
            await self.enters(one, bridge, linkedid=citizen)
        await self.told()


@pytest.fixture
async def harness() -> AsyncIterator[CallControlHarness]:
    manager = FakeManager()
    link = AmiConnection("127.0.0.1", await manager.start(), USER, SECRET)
    harness = CallControlHarness(manager, link)
    task = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(10):
            while not link.connected:
                await asyncio.sleep(0)
        yield harness
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await manager.stop()


async def test_two_who_came_first_are_not_taken_for_two_who_are_left(harness: CallControlHarness) -> None:
    await harness.pair("c1", "o1", "b1")
    await harness.pair("c2", "o2", "b2")
    conference = (await harness.bridging.merge("c1", "c2"))["conference"]
    for one in ("c1", "o1"):
        await harness.enters(one, "m", conference=conference, linkedid="c1")
    await harness.told()
    for one in ("c2", "o2"):
        await harness.enters(one, "m", conference=conference, linkedid="c1")
    await harness.told()
    assert harness.moves("bridge-back") == set()
    for one in ("o1", "o2"):
        harness.is_at(one, "", "")
        await harness.leaves(one, "m", conference)
    await harness.told()
    assert harness.moves("bridge-back") == {"PJSIP/c1-1"}
    assert (await harness.manager.wait_for("Redirect", 3))["ExtraChannel"] == "PJSIP/c2-1"


async def test_one_of_those_sent_to_a_conference_hangs_up_on_the_way_and_the_others_are_seen_to(
    harness: CallControlHarness,
) -> None:
    await harness.pair("c1", "o1", "b1")
    await harness.pair("c2", "o2", "b2")
    conference = (await harness.bridging.merge("c1", "c2"))["conference"]
    for one in ("c1", "o1"):
        await harness.enters(one, "m", conference=conference, linkedid="c1")
    for one in ("c2", "o2"):
        del harness.manager.states[f"PJSIP/{one}-1"]
        await harness.manager.event("Hangup", {"Uniqueid": one})
    await harness.told()
    assert harness.moves("bridge-back") == {"PJSIP/c1-1"}


async def test_who_leaves_and_is_not_gone_yet_is_seen_to_once_gone(harness: CallControlHarness) -> None:
    """Asterisk lists a channel where its conference was until its end has begun: on a busy machine, a while."""
    await harness.pair("c1", "o1", "b1")
    await harness.pair("c2", "o2", "b2")
    conference = (await harness.bridging.merge("c1", "c2"))["conference"]
    for one in ("c1", "o1", "c2", "o2"):
        await harness.enters(one, "m", conference=conference, linkedid="c1")
    for one in ("o1", "o2"):
        await harness.leaves(one, "m", conference)
    await harness.told()
    assert harness.moves("bridge-back") == set()  # four are listed
    for one in ("o1", "o2"):
        del harness.manager.states[f"PJSIP/{one}-1"]
        await harness.manager.event("Hangup", {"Uniqueid": one})
    await harness.told()
    assert harness.moves("bridge-back") == {"PJSIP/c1-1"}


async def test_what_asterisk_will_not_do_is_refused_and_forgotten(harness: CallControlHarness) -> None:
    await harness.pair("c1", "o1", "b1")
    harness.manager.refused["Redirect"] = "Channel does not exist"
    with pytest.raises(CommandRefusedError) as refused:
        await harness.bridging.blind_transfer("c1", "line-104")
    assert refused.value.code == "gone"
    await harness.enters("c1", "other", linkedid="c1")
    await harness.told()
    assert [a for a in harness.manager.actions if a["Action"] == "Hangup"] == []
    del harness.manager.refused["Redirect"]
    await harness.manager.stop()
    with pytest.raises(CommandRefusedError) as refused:
        await harness.bridging.consult("c1", "line-104")
    assert refused.value.code == "no-asterisk"

"""Places one test call through a trunk, for an admin who wants to see whether it works."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agi.ami.connection import AmiConnection
from agi.ami.errors import AmiNotConnectedError
from agi.ami.originator import CODECS, FULL, RING_TIMEOUT_S
from agi.dialplan import CONTEXT_TRUNK_TEST, CONTEXT_TRUNK_TEST_DIAL, TEST_NUMBER, TEST_SHOWN, TEST_TRUNK

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECT_S: Final = 5.0
"""The manager is on this machine: one that has not let us in by then is away, or refuses the secret."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of a test call.

    Attributes:
        answered: Whether a person or a machine answered.
        what: In words; of a call that was not answered, why it ended (ITU-T Q.850), or `FULL`.
        seconds: Until the answer, or the refusal.
    """

    __test__ = False  # the name begins with Test, but pytest is not to collect it

    answered: bool
    what: str
    seconds: float


async def probe_trunk(manager: tuple[str, int], secret: str, dialled: str, trunk: str, *, shown: str) -> ProbeResult:
    """Place the call and wait until it is answered or not.

    Args:
        manager: (host, port) of Asterisk's manager interface.
        secret: Of its account ``warroom``.
        dialled: The number to call, such as ``104``.
        trunk: The trunk's name; the call is counted among its channels in use, and is not sent when there is none free.
        shown: The number of ours that is shown.

    Raises:
        AmiNotConnectedError: Asterisk is away, or refuses us.
        AmiRefusedError, AmiTimeoutError: It did not place the call.
    """
    link = AmiConnection(*manager, "warroom", secret)
    call_id = f"test.{uuid.uuid4().hex}"
    leg_id = f"{call_id}.out"
    loop = asyncio.get_running_loop()
    connected, ended, gone = asyncio.Event(), loop.create_future(), loop.create_future()

    def response(event: Mapping[str, object]) -> None:
        if event.get("ActionID") == call_id and not ended.done():
            ended.set_result(event)

    def hangup(event: Mapping[str, object]) -> None:
        if event.get("Uniqueid") == leg_id and not gone.done():
            gone.set_result(f"{event.get('Cause-txt')} (cause {event.get('Cause')})")

    def told(event: Mapping[str, object]) -> None:
        if (event.get("UserEvent"), event.get("Uniqueid")) == ("WrFull", leg_id) and not gone.done():
            gone.set_result(FULL)

    link.on_event("OriginateResponse", response)
    link.on_event("UserEvent", told)
    link.on_event("Hangup", hangup)  # the response itself does not tell busy from rejected
    link.on_change(lambda: connected.set() if link.connected else None)
    running = asyncio.create_task(link.run())
    try:
        await _within(connected, _CONNECT_S)
        started = time.monotonic()
        await link.action(
            {
                "Action": "Originate",
                "ActionID": call_id,
                "Channel": f"Local/s@{CONTEXT_TRUNK_TEST_DIAL}/n",
                "ChannelId": call_id,
                "OtherChannelId": leg_id,
                "Context": CONTEXT_TRUNK_TEST,
                "Exten": "s",
                "Priority": "1",
                "Variable": [f"{TEST_NUMBER}={dialled}", f"{TEST_TRUNK}={trunk}", f"{TEST_SHOWN}={shown}"],
                "Timeout": str(RING_TIMEOUT_S * 1000),
                "Codecs": CODECS,
                "Async": "true",
            }
        )
        async with asyncio.timeout(RING_TIMEOUT_S + _CONNECT_S):
            answered = (await ended).get("Response") == "Success"
            seconds = time.monotonic() - started
            what = "answered" if answered else await gone
    except TimeoutError:
        return ProbeResult(answered=False, what="nothing heard of it", seconds=RING_TIMEOUT_S + _CONNECT_S)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return ProbeResult(answered=answered, what=what, seconds=round(seconds, 1))


async def _within(event: asyncio.Event, limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        msg = "no link to Asterisk's manager: start the stack (warroom up), or see: warroom doctor"
        raise AmiNotConnectedError(msg) from None

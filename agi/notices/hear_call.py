"""Rings a telephone of the war room, on which a notice is heard before it is published."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Final

from agi.ami.connection import AmiConnection
from agi.ami.errors import AmiNotConnectedError
from agi.dialplan import CONTEXT_NOTICE_HEAR, NOTICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.model.notice import Notice

RING_S: Final = 30
"""For somebody to lift the telephone, who sits beside it."""
_CONNECT_S: Final = 5.0
"""The manager is on this machine: one that has not let us in by then is away, or refuses the secret."""
_HEARD_S: Final = 125.0
"""The dialplan ends the call after 120 s."""


async def hear_by_telephone(manager: tuple[str, int], secret: str, telephone: str, notice: Notice) -> bool:
    """Ring a telephone and wait until the notice was heard there and the call is over.

    Args:
        manager: (host, port) of Asterisk's manager interface.
        secret: Of its account ``warroom``.
        telephone: An operator's, such as ``PJSIP/operator-101``.
        notice: The revision; its sounds are there.

    Returns:
        Whether the telephone was lifted.

    Raises:
        AmiNotConnectedError: Asterisk is away, or refuses us.
        AmiRefusedError, AmiTimeoutError: It did not place the call.
    """
    link = AmiConnection(*manager, "warroom", secret)
    call_id = f"notice.{uuid.uuid4().hex}"
    loop = asyncio.get_running_loop()
    connected, lifted, over = asyncio.Event(), loop.create_future(), asyncio.Event()

    def response(event: Mapping[str, object]) -> None:
        if event.get("ActionID") == call_id and not lifted.done():
            lifted.set_result(event.get("Response") == "Success")

    def hangup(event: Mapping[str, object]) -> None:
        if event.get("Uniqueid") == call_id:
            over.set()

    link.on_event("OriginateResponse", response)
    link.on_event("Hangup", hangup)
    link.on_change(lambda: connected.set() if link.connected else None)
    running = asyncio.create_task(link.run())
    try:
        try:
            async with asyncio.timeout(_CONNECT_S):
                await connected.wait()
        except TimeoutError:
            msg = "no link to Asterisk's manager: start the stack (warroom up), or see: warroom doctor"
            raise AmiNotConnectedError(msg) from None
        await link.action(
            {
                "Action": "Originate",
                "ActionID": call_id,
                "Channel": telephone,
                "ChannelId": call_id,
                "Context": CONTEXT_NOTICE_HEAR,
                "Exten": "s",
                "Priority": "1",
                "Variable": [f"{NOTICE}={notice.prompt}"],
                "Timeout": str(RING_S * 1000),
                "Async": "true",
            }
        )
        async with asyncio.timeout(RING_S + _CONNECT_S):
            answered = bool(await lifted)
        if answered:
            async with asyncio.timeout(_HEARD_S):
                await over.wait()
    except TimeoutError:
        return False
    else:
        return answered
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

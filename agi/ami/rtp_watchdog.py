"""Watches calls whose RTP has stopped and asks the far end by a re-INVITE. Silence alone ends no call.

A gateway that suppresses silence sends nothing while somebody listens; one that lost its power sends nothing either. So
Asterisk has no limit on silence (``rtp_timeout`` in pjsip_wizard.conf is 0): after a few seconds without sound we send
a re-INVITE in the call. Any answer of the far end is a sign of life. None in 32 seconds (RFC 3261, timer B), or
481 "no such call", and Asterisk ends the call itself: so a dead one ends within `DEAD_S`. Sound that moved to another
port is silence too (``strictrtp`` in rtp.conf), and is heard again after the answer.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from agi.ami.errors import AmiError, AmiRefusedError
from agi.ami.polling import poll_while_connected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agi.ami.connection import AmiConnection

POLL_INTERVAL_S: Final = 5.0
"""Between two looks at what each call has received."""
SILENT_S: Final = 8.0
"""Without a packet for so long: no gap of a network is so long."""
REASK_INTERVAL_S: Final = 60.0
"""Between two questions in one call: a party who only listens is not asked all the time."""
DEAD_S: Final = SILENT_S + POLL_INTERVAL_S + REASK_INTERVAL_S + 32.0
"""Longest a call lives whose far end has gone without a word: it may just have been asked, and answered."""

_RECEIVED: Final = "CHANNEL(rtcp,rxcount)"
"""Packets of sound received (``core show function CHANNEL``)."""
_ASK: Final = "PJSIP_SEND_SESSION_REFRESH()"
_SIP: Final = "PJSIP/"
_UP: Final = "6"  # AST_STATE_UP in channelstate.h

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Sound:
    """Packets a channel had received, since when that has not grown, and when its far end was asked last."""

    received: str
    since: float
    asked: float = float("-inf")


class RtpWatchdog:
    """Checks the RTP of all calls periodically.

    Args:
        link: The link to Asterisk.
        clock: Seconds, monotonic.
    """

    def __init__(self, link: AmiConnection, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._clock = clock
        self._sound: dict[str, _Sound] = {}

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        await poll_while_connected(
            self._link,
            self.look,
            every_s=POLL_INTERVAL_S,
            tell=lambda trouble: _log.warning("calls without sound: not looked just now: %s", trouble),
        )

    async def look(self) -> None:
        """Look once, and ask the far ends of silent calls.

        Raises:
            AmiError: Asterisk did not list its channels, or not report the packets of one.
        """
        now = self._clock()
        before, self._sound = self._sound, {}
        for channel in await self._link.list({"Action": "Status"}):
            if channel.get("ChannelState") != _UP or (received := await self._received(channel)) is None:
                continue
            uniqueid = str(channel["Uniqueid"])
            sound = before.get(uniqueid, _Sound(received, now))
            if sound.received != received:
                sound.received, sound.since = received, now
            self._sound[uniqueid] = sound
            if now - sound.since >= SILENT_S and now - sound.asked >= REASK_INTERVAL_S:
                sound.asked = now
                await self._ask(channel)

    async def _received(self, channel: Mapping[str, Any]) -> str | None:
        """Return how many packets of sound a call has received; None where that cannot be said.

        Each call by an action of its own: ``Status`` holds the channel's lock while it reads ``Variables``, and this
        function waits for the thread of the call's SIP session, which may want that lock. One such meeting and
        Asterisk answers nobody any more.
        """
        if not str(channel.get("Channel")).startswith(_SIP):
            return None
        action = {"Action": "Getvar", "Channel": channel["Channel"], "Variable": _RECEIVED}
        try:
            answer = await self._link.action(action)
        except AmiRefusedError:  # it has just ended
            return None
        return str(answer["Value"]) if answer.get("Value") else None

    async def _ask(self, channel: Mapping[str, Any]) -> None:
        _log.info("call %s: no sound: asking the far end whether it is there", channel["Uniqueid"])
        action = {"Action": "Setvar", "Channel": channel["Channel"], "Variable": _ASK, "Value": "invite"}
        try:
            await self._link.action(action)
        except AmiError as error:  # it has just ended
            _log.info("call %s: not asked: %s", channel["Uniqueid"], error)

"""Tells persons from voice boxes in calls that we placed: a person presses a key."""

from __future__ import annotations

import asyncio
from typing import Final

NOBODY_SPOKE: Final = "answered, nobody spoke"
"""Why such a call is made again."""
END_TIMEOUT_S: Final = 10.0
"""For the conversation to be told by its own connection that the call, which the manager's link has seen end, is
over."""


class AnsweredBy:
    """Conversations of calls that we placed, by the channel's unique id."""

    def __init__(self) -> None:
        self._there: dict[str, asyncio.Future[bool]] = {}

    def expect(self, channel_id: str) -> None:
        """A call is about to be placed."""
        self._there[channel_id] = asyncio.get_running_loop().create_future()

    def ended(self, channel_id: str, *, person: bool) -> None:
        """A conversation is over; of a call that nobody expects it changes nothing.

        Args:
            channel_id: Its channel's.
            person: Whether a key was pressed.
        """
        expected = self._there.get(channel_id)
        if expected is not None and not expected.done():
            expected.set_result(person)

    async def person(self, channel_id: str) -> bool:
        """Return whether a person was there, once the conversation of a call that is over has said so too."""
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                return await asyncio.shield(self._there[channel_id])
        except TimeoutError:  # Asterisk never came to us: the dialplan spoke
            return False

    def forget(self, channel_id: str) -> None:
        """A call is booked."""
        if expected := self._there.pop(channel_id, None):
            expected.cancel()

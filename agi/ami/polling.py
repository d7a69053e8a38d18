"""Polling of Asterisk by AMI, while there is a link to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from agi.ami.errors import AmiError
from router.polling import poll_forever

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agi.ami.connection import AmiConnection


async def poll_while_connected(
    link: AmiConnection,
    look: Callable[[], Awaitable[object]],
    *,
    every_s: float,
    tell: Callable[[Exception], object],
) -> NoReturn:
    """Look until cancelled, but not while there is no link.

    Args:
        link: The link to Asterisk.
        look: One poll; an `AmiError` of it is logged, and polling continues.
        every_s: Seconds from the end of one to the next.
        tell: As `router.polling.poll_forever` has it.
    """

    async def look_if_connected() -> None:
        if link.connected:
            await look()

    await poll_forever(look_if_connected, every_s=every_s, troubles=(AmiError,), tell=tell)

"""The room's PIN: nobody hears a citizen's voice without it."""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from agi.ivr.context import KEYING_WAIT_S
from agi.ivr.prompt_names import NO_KEY, Prompt, PromptDeclarations
from agi.ivr.references import PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.room_calls import PIN_DIGITS
from agi.ivr.steps.base import FlowStep
from router.storage.errors import StorageUnavailableError
from router.tickets.room_mailbox import TRIES

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

DATABASE_TIMEOUT_S: Final = 6.0
"""The store itself gives up after five seconds: its own word comes first."""

_declare = PromptDeclarations(__name__)
PIN_WRONG: Final = _declare("room-pin-wrong")

_log = logging.getLogger(__name__)


class RoomPinStep(FlowStep):
    """Asks for the PIN; every try is written before its answer is spoken.

    Attributes:
        prompts: The question.
        next: Where the right PIN leads.
        on_locked: Where three wrong ones in a call lead, or one while none is taken.
        on_trouble: Where the call goes on when tries cannot be written: nobody is let in uncounted.
    """

    asks: ClassVar[bool] = True
    for_rooms: ClassVar[bool] = True

    kind: Literal["room-pin"]
    prompts: PromptNames
    next: Target
    on_locked: Target
    on_trouble: Target

    async def run(self, talk: StepContext) -> str:
        """Ask three times at most."""
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT_S):
                if await self._closed(talk):
                    return self.on_locked
            before: tuple[Prompt, ...] = ()
            for _ in range(TRIES):
                keys = await talk.session.ask(
                    (*before, *talk.names(self.prompts)), digits=PIN_DIGITS, wait_s=KEYING_WAIT_S, secret=True
                )
                if not keys:
                    before = (NO_KEY,)
                    continue
                async with asyncio.timeout(DATABASE_TIMEOUT_S):
                    if await _opens(talk, keys):
                        return self.next
                    if await self._closed(talk):
                        return self.on_locked
                before = (PIN_WRONG,)
        except (StorageUnavailableError, TimeoutError, OSError) as error:
            _log.warning("call %s: room %s not let in: %s", talk.call.uniqueid, talk.call.room, error or "no answer")
            return self.on_trouble
        return self.on_locked

    async def _closed(self, talk: StepContext) -> bool:
        call = talk.call
        seconds = await talk.rooms.mailbox.locked_for(str(call.room), call.trunk, own_line=call.own_line)
        if seconds:
            _log.warning("call %s: no PIN of %s is taken for %d s", call.uniqueid, call.room, seconds)
        return seconds > 0


async def _opens(talk: StepContext, keys: str) -> bool:
    room = str(talk.call.room)
    pin = await asyncio.to_thread(talk.rooms.pin_of, room)
    right = pin is not None and hmac.compare_digest(pin, keys)
    opened = await talk.rooms.mailbox.opens(room, talk.call.trunk, right=right, own_line=talk.call.own_line)
    log = _log.info if opened else _log.warning
    log("call %s: PIN of %s %s", talk.call.uniqueid, room, "right" if opened else "wrong or not taken")
    return opened

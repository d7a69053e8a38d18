"""A room hears its messages one after the other, and decides on each."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Literal

import soundfile

from agi import dialplan
from agi.dialplan import NextAction, finish
from agi.fastagi.session import SAMPLES_PER_S
from agi.ivr import ticket_prompts
from agi.ivr.context import KEY_WAIT_S, REPEAT_KEY, TRIES
from agi.ivr.prompt_names import (
    SILENCE_HALF,
    WRONG_KEY,
    Prompt,
    PromptDeclarations,
    digit_prompts,
    district_prompt,
    need_prompt,
    number_prompt,
    state_prompt,
)
from agi.ivr.references import PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from router.phone_numbers import normalise
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ivr.context import StepContext
    from router.model.calls.voicemail import Mail, MailState
    from router.model.ticket import Ticket

DATABASE_TIMEOUT_S: Final = 6.0
"""For the store, while the room hears nothing; it gives up itself after five seconds."""
MAX_PROMPTS: Final = 400
"""In one call: 99 messages, each heard twice and answered. More is a key that sticks."""

NO_WAIT_S: Final = 0.001
"""The next message is played without waiting for a key."""

_declare = PromptDeclarations(__name__)
NONE_WAITING: Final = _declare("mail-none")
NEW: Final = _declare("mail-new")
HEARD_BEFORE: Final = _declare("mail-old")
FROM: Final = _declare("mail-from")
POSTAL_CODE: Final = _declare("mail-pin-code")
UNPLAYABLE: Final = _declare("mail-unplayable")
ALL_HEARD: Final = _declare("mail-end")
CALLING: Final = _declare("mail-calling")
NO_NUMBER: Final = _declare("mail-no-number")
TROUBLE: Final = _declare("mail-trouble")
KEPT: Final = _declare("mail-kept")
REMOVED: Final = _declare("mail-done")

AGAIN, NEXT, KEEP, DONE, CALL, END = "1", "2", "3", "4", "5", "0"
SKIP: Final = "skip"
"""Next, pressed before the citizen's words began: the message stays new."""
_STATE: Final[dict[str, MailState]] = {NEXT: "kept", KEEP: "kept", DONE: "done"}
_TELLS: Final = {NEXT: (SILENCE_HALF,), KEEP: (KEPT,), DONE: (REMOVED,)}

_log = logging.getLogger(__name__)


class RoomMailboxStep(FlowStep):
    """Says how many messages wait, then each: the need, the place, the time, and the citizen's own words.

    Attributes:
        prompts: The keys, said after each message.
        next: Where the call goes on when all have been heard.
    """

    asks: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, str]] = {
        "repeat": AGAIN,
        "next": NEXT,
        "keep": KEEP,
        "done": DONE,
        "call": CALL,
        "end": END,
    }
    for_rooms: ClassVar[bool] = True

    kind: Literal["room-mailbox"]
    prompts: PromptNames
    next: Target

    async def run(self, talk: StepContext) -> str | None:
        """Tell one after the other, those never heard first; None when the dialplan calls a citizen."""
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT_S):
                mails = await talk.rooms.mailbox.waiting(str(talk.call.room))
            await talk.session.play(_how_many(mails))
            for mail in mails:
                key = await self._one(talk, mail)
                if key == CALL:
                    return None
                if key == END:
                    return self.next
        except (StorageUnavailableError, TimeoutError) as error:
            _log.warning("call %s: messages not told: %s", talk.call.uniqueid, error or "no answer in time")
            await talk.session.play((TROUBLE,))
            return self.next
        if mails:
            await talk.session.play((ALL_HEARD,))
        return self.next

    async def _one(self, talk: StepContext, mail: Mail) -> str:
        """Play a message until a key decides on it; return the key, END when nobody is there."""
        ticket = await talk.desk.ticket(mail.number)
        if ticket is None or not ticket.is_open or ticket.room != talk.call.room:
            return NEXT  # it has moved on while others were heard
        key, misses = await self._heard(talk, mail, ticket), 0
        while misses < TRIES and talk.call.asks < MAX_PROMPTS:
            before: tuple[Prompt, ...] = ()
            if key in (AGAIN, REPEAT_KEY):
                key = await self._heard(talk, mail, ticket)
                if key:
                    continue
            elif key in (END, SKIP):
                return key
            elif key == CALL:
                if await _called(talk, mail, ticket):
                    return CALL
                before = (NO_NUMBER,)
            elif key in _STATE:
                await _put(talk, mail, _STATE[key])
                await talk.session.play(_TELLS[key])
                return key
            elif key:
                before, misses = (WRONG_KEY,), misses + 1
            talk.call.asks += 1
            key = await talk.session.ask([*before, *talk.names(self.prompts)], wait_s=KEY_WAIT_S)
            misses += not key
        return END

    async def _heard(self, talk: StepContext, mail: Mail, ticket: Ticket) -> str:
        """Say whose it is and play it; return the key that ended it, "" when it was heard to its end."""
        talk.call.asks += 1
        key = await talk.session.ask(_about(talk, mail, ticket), wait_s=NO_WAIT_S)
        if key:
            return SKIP if key == NEXT else key
        path = talk.rooms.kept / Path(mail.name).name
        seconds = await asyncio.to_thread(_seconds, path)
        if seconds is None:
            return await talk.session.ask((UNPLAYABLE,), wait_s=NO_WAIT_S)
        return await talk.session.ask_sound(path, seconds=seconds)


def _how_many(mails: list[Mail]) -> list[Prompt]:
    new = sum(not mail.heard for mail in mails)
    old = len(mails) - new
    names = [NEW, number_prompt(new)] if new else []
    names += [HEARD_BEFORE, number_prompt(old)] if old else []
    return names or [NONE_WAITING]


def _about(talk: StepContext, mail: Mail, ticket: Ticket) -> list[Prompt]:
    """Need, place, date and time."""
    names = [need_prompt(ticket.service_code)] if ticket.service_code in talk.places.needs else []
    if ticket.district and ticket.district in talk.places.districts:
        names += [FROM, district_prompt(ticket.district)]
    elif ticket.state in talk.places.states:
        names += [FROM, state_prompt(ticket.state)]
    if ticket.zipcode:
        names += [POSTAL_CODE, *digit_prompts(ticket.zipcode)]
    return [*names, SILENCE_HALF, *ticket_prompts.spoken_moment(mail.begun, talk.now()), SILENCE_HALF]


async def _put(talk: StepContext, mail: Mail, state: MailState) -> None:
    async with asyncio.timeout(DATABASE_TIMEOUT_S):
        await talk.rooms.mailbox.put(mail.name, str(talk.call.room), state)


async def _called(talk: StepContext, mail: Mail, ticket: Ticket) -> bool:
    """Have the dialplan call the citizen; False when there is no number that may be called."""
    number = normalise(ticket.phone or "") if ticket.callback_wanted else None
    if number is None or not number.callable:
        return False
    await _put(talk, mail, "kept")
    session = talk.session
    await session.play((CALLING,))
    talk.rooms.calls.begin(talk.call.uniqueid, str(talk.call.room), ticket.number)
    await session.set_variable(dialplan.TICKET, ticket.number)
    await session.set_variable(dialplan.CITIZEN, number.national)
    await finish(session, NextAction.CITIZEN)
    return True


def _seconds(path: Path) -> float | None:
    """How long a recording is; None when Asterisk cannot play it."""
    try:
        about = soundfile.info(path)
    except (OSError, soundfile.LibsndfileError):
        return None
    playable = about.samplerate == SAMPLES_PER_S and about.channels == 1 and about.subtype == "PCM_16"
    return about.duration if playable else None

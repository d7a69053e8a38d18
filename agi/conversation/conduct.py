"""Walks one caller through the flow, and loses nothing of what was said however the call ends."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from agi.conversation.booking import TICKET, add_to_ticket, keep, keep_cut_recording, progress
from agi.conversation.talk import HandOver
from agi.errors import CallerGone, CallMoved
from agi.variables import Next

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.conversation.flow import Flow
    from agi.conversation.talk import Talk

GONE = "gone"
FAILED = "failed"
NOBODY = "nobody"

_log = logging.getLogger(__name__)


async def conduct(talk: Talk, flow: Flow, entered: Callable[[str], None], *, start: str = "") -> None:
    """Answer the call and lead the caller from step to step until one ends the conversation.

    Args:
        talk: The call.
        flow: The steps.
        entered: Called with the name of each step as it begins.
        start: The first step, where it is not the flow's own.

    Raises:
        CallerGone: The caller hung up; what was known is booked.
        CallMoved: The call goes on elsewhere; nothing is booked.
        Exception: Any other failure; what was known is booked, and the dialplan takes a message.
    """
    try:
        progress(talk)
        await talk.session.answer()
        await walk(talk, flow, start or flow.start, entered)
    except CallMoved:
        raise
    except CallerGone:
        finished = bool(talk.call.tickets) and talk.call.need is None
        await _keep_all(talk, "The caller hung up before the end.", TICKET if finished else GONE)
        raise
    except BaseException:
        await _keep_all(talk, "The call was cut by a fault: call back.", FAILED)
        raise


async def walk(talk: Talk, flow: Flow, start: str, entered: Callable[[str], None]) -> None:
    """Lead the caller from a step to the next until one ends the conversation."""
    name: str | None = start
    while name is not None:
        entered(name)
        known = _known(talk)
        try:
            name = await flow.steps[name].run(talk)
        except HandOver as turn:
            _log.info("call %s: in step %s: %s", talk.call.uniqueid, name, turn.why)
            if talk.call.placed and not talk.call.pressed:  # a voice box: no person is kept by it
                await talk.session.finish(Next.HANGUP)
                progress(talk, outcome=NOBODY, ended=True)
                return
            talk.call.why_handed_over = turn.why
            name = flow.human
        if name is not None and _known(talk) != known:
            progress(talk)


def _known(talk: Talk) -> tuple[str | None, bool]:
    """What the call's row is written for when it changes."""
    return talk.call.need, talk.call.place_known


async def _keep_all(talk: Talk, note: str, outcome: str) -> None:
    await keep_cut_recording(talk)
    if talk.call.need is None:  # else it belongs to the trouble that is kept now
        await add_to_ticket(talk)
    keep(talk, note)
    progress(talk, outcome=outcome, ended=True)

"""Walks one caller through the flow, and saves what was said however the call ends."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from agi.dialplan import NextAction, finish
from agi.fastagi.errors import CallerGoneError, CallMovedError
from agi.ivr.context import CallTransferredError
from agi.ivr.persistence import TICKET, UNSTAFFED, add_to_ticket, queue_cut_recording, queue_ticket, save_progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.ivr.context import StepContext
    from agi.ivr.flow import Flow

HUNG_UP = "gone"
FAILED = "failed"
NOBODY = "nobody"

_log = logging.getLogger(__name__)


async def run_call(talk: StepContext, flow: Flow, entered: Callable[[str], None], *, start: str = "") -> None:
    """Answer the call and lead the caller from step to step until one ends the conversation.

    Args:
        talk: The call.
        flow: The steps.
        entered: Called with the name of each step as it begins.
        start: The first step, where it is not the flow's own.

    Raises:
        CallerGoneError: The caller hung up; what was said is saved.
        CallMovedError: The call goes on elsewhere; nothing is booked.
        Exception: Any other failure; what was said is saved, and the dialplan takes a message.
    """
    try:
        save_progress(talk)
        await talk.session.answer()
        await run_flow(talk, flow, start or flow.start, entered)
    except CallMovedError:
        raise
    except CallerGoneError:
        finished = bool(talk.call.tickets) and talk.call.need is None
        outcome = TICKET if finished else UNSTAFFED if talk.call.unstaffed else HUNG_UP
        await _keep_all(talk, "The caller hung up before the end.", outcome)
        raise
    except BaseException:
        await _keep_all(talk, "The call was cut by a fault: call back.", FAILED)
        raise


async def run_flow(talk: StepContext, flow: Flow, start: str, entered: Callable[[str], None]) -> None:
    """Lead the caller from a step to the next until one ends the conversation."""
    name: str | None = start
    while name is not None:
        entered(name)
        talk.session.notes.step = name
        known = _known(talk)
        try:
            name = await flow.steps[name].run(talk)
        except CallTransferredError as turn:
            _log.info("call %s: in step %s: %s", talk.call.uniqueid, name, turn.why)
            if talk.call.placed and not talk.call.pressed:  # a voice box: no person is kept by it
                await finish(talk.session, NextAction.HANGUP)
                save_progress(talk, outcome=NOBODY, ended=True)
                return
            talk.call.why_handed_over = turn.why
            name = flow.operator
        if name is not None and _known(talk) != known:
            save_progress(talk)


def _known(talk: StepContext) -> tuple[str | None, bool]:
    """The parts of the state whose change is written to the call's row."""
    return talk.call.need, talk.call.place_known


async def _keep_all(talk: StepContext, note: str, outcome: str) -> None:
    await queue_cut_recording(talk)
    if talk.call.need is None:  # else it belongs to the trouble that is kept now
        await add_to_ticket(talk)
    queue_ticket(talk, note)
    save_progress(talk, outcome=outcome, ended=True)

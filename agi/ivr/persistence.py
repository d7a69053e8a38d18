"""Saves the state of a call: as a ticket, and as the row of the call."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from agi import dialplan
from agi.destinations.resolver import outcome as outcome_of
from agi.dialplan import NextAction, finish
from agi.queues.priority import queue_priority
from recordings.wav_repair import SOUND_STARTS_AT
from router.intake.base import Submission
from router.masking import mask
from router.model.stranded import STRANDED_NEEDS, StrandedFacts
from router.phone_numbers import normalise
from router.storage.errors import StorageUnavailableError
from router.tickets.service import CallRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agi.ivr.context import StepContext
    from router.model.calls.recording_record import NewRecording

CITIZEN = "citizen"  # whose word a recording is, in the ticket's history
ADD_TIMEOUT_S = 3.0  # to put a recording on a ticket while the caller waits: the sweep finds what does not get there
NUMBER_TIMEOUT_S = 1.5  # it only saves the operator a question: the caller is waiting
LAST_PLACE_TIMEOUT_S = 1.0  # it only saves the caller a question: not worth more silence than that
UNSTAFFED = "unstaffed"
"""Outcome of a call whose caller wanted a person when nobody could be tried."""
TICKET = "ticket"  # outcome of a call that came to its end; else it is what took the call over
NOT_CONFIRMED = "The district was not confirmed by the caller."

_log = logging.getLogger(__name__)


def build_submission(talk: StepContext, note: str = "") -> Submission:
    """The current need as a submission.

    Args:
        talk: The call.
        note: For the room, on how the ticket came about.
    """
    call = talk.call
    need = talk.places.needs[call.need] if call.need else None
    guessed = call.guess is not None and not call.place_known
    return Submission(
        source_key=call.source_key,
        channel="phone",
        helpline=call.helpline,
        language=talk.session.language,
        need=call.need,
        district=call.guess if guessed else call.district,
        state=call.state,
        zipcode=call.zipcode,
        sender=normalise(call.phone) if call.phone else call.caller,
        callback_wanted=call.callback is not None,
        status_notes=" ".join(filter(None, (note, NOT_CONFIRMED if guessed else ""))),
        people=call.people,
        stranded=StrandedFacts(home_district=call.home_district, home_state=call.home_state, wants=call.wants)
        if call.need in STRANDED_NEEDS
        else None,
        recordings=call.recordings,
        call=call.uniqueid,
        priority=need.priority if need else None,
    )


def queue_ticket(talk: StepContext, note: str, *, even_without_place: bool = False) -> None:
    """Have the current need opened as a ticket, now or as soon as the store can; does not wait.

    Nothing is booked without a need, or when neither a place nor a number to call is known.

    Args:
        talk: The call; its trouble is closed.
        note: For the room: why the ticket was not finished with the caller.
        even_without_place: Open a ticket with a need alone too, since an operator is about to ask for the rest.
    """
    call = talk.call
    if call.need is None:
        return
    if call.district or call.guess or call.callback or even_without_place:
        call.kept = build_submission(talk, note)
        call.booked.add(call.need)
        talk.intake.submit_later(call.kept)
        _log.info("call %s from %s: %s kept (%s)", call.uniqueid, mask(call.caller.e164), call.need, note)
    call.close_trouble()


async def queue_cut_recording(talk: StepContext) -> None:
    """Count a recording that a hang-up ended as sound of the current need, if there is any sound in it."""
    cut, talk.call.recording = talk.call.recording, None
    if cut is not None and await asyncio.to_thread(_has_sound, talk.incoming / cut.name):
        talk.call.recordings += (cut,)


async def claim_recordings(talk: StepContext, recordings: tuple[NewRecording, ...]) -> None:
    """Move recordings whose ticket is committed to where sound is kept.

    A file that cannot be moved is found by the sweep of the spool later, which gives it to the call's ticket.
    """
    for recording in recordings:
        try:
            await asyncio.to_thread(talk.spool.keep, recording)
        except OSError as error:
            _log.warning("call %s: %s stays in the spool for now: %s", talk.call.uniqueid, recording.name, error)


async def add_to_ticket(talk: StepContext) -> None:
    """Put recordings on the ticket the call is about; without the store they stay for the sweep."""
    call = talk.call
    recordings, call.recordings = call.recordings, ()
    if call.about is None or not recordings:
        return
    try:
        async with asyncio.timeout(ADD_TIMEOUT_S):
            await talk.desk.note(call.about.number, "", recordings=recordings, by=CITIZEN)
    except (StorageUnavailableError, TimeoutError) as error:
        _log.warning("call %s: recording not yet on its ticket: %s", call.uniqueid, error or "no answer in time")
        return
    await claim_recordings(talk, recordings)


async def find_last_place(talk: StepContext) -> str | None:
    """The district of this telephone's newest ticket; None when unknown, or not known soon enough."""
    phone = talk.call.number
    if phone is None:
        return None
    with contextlib.suppress(StorageUnavailableError, TimeoutError):
        async with asyncio.timeout(LAST_PLACE_TIMEOUT_S):
            district = await talk.desk.last_place(phone)
            return district if district in talk.places.districts else None
    return None


def save_progress(talk: StepContext, *, outcome: str = "", ended: bool = False) -> None:
    """Write the present state to the call's row; does not wait.

    Args:
        talk: The call.
        outcome: How the conversation ended, once it has.
        ended: Whether the call is over: not while an operator or an ambulance is being rung.
    """
    call = talk.call
    call.row = CallRecord(
        uniqueid=call.uniqueid,
        helpline=call.helpline,
        did=call.did,
        phone=call.number,
        language=talk.session.language,
        trouble=call.trouble if call.need else max(1, call.trouble - 1),
        need=call.need or call.newest_need,
        district=call.district,
        started=call.started,
        ended=talk.now() if ended else None,
        outcome=outcome,
    )
    talk.desk.call_progress(call.row)


async def end_call(talk: StepContext, next_: NextAction) -> None:
    """End the conversation: what is still open is saved first, then the dialplan goes on."""
    queue_ticket(talk, talk.call.why_handed_over)
    await finish(talk.session, next_)
    outcome = TICKET if next_ is NextAction.HANGUP else UNSTAFFED if talk.call.unstaffed else next_.value
    save_progress(talk, outcome=outcome, ended=True)


def note_unstaffed(talk: StepContext) -> None:
    """Note that a person is wanted and nobody can be tried: no operator is at work, no destination can be dialled."""
    talk.call.unstaffed = True
    talk.session.notes.note("handed-over", why=talk.call.why_handed_over, destinations=[])


async def transfer(talk: StepContext, destinations: Sequence[str]) -> None:
    """End the conversation: who is tried goes to the dialplan, which takes a message after the last of them.

    Args:
        talk: The call; its ticket is opened, or will be.
        destinations: Who is tried, one after the other; with nobody a message is taken at once.
    """
    if not destinations:
        note_unstaffed(talk)
        await end_call(talk, NextAction.MESSAGE)
        return
    talk.session.notes.note("handed-over", why=talk.call.why_handed_over, destinations=list(destinations))
    number = await _number_of_ticket(talk)
    if number:
        await talk.session.set_variable(f"_{dialplan.TICKET}", number)
    await talk.session.set_variable(dialplan.QUEUE_PRIO, str(queue_priority(talk.call.need or talk.call.newest_need)))
    await talk.session.set_variable(dialplan.DESTINATIONS, "&".join(destinations))
    await finish(talk.session, NextAction.HUNT)
    save_progress(talk, outcome=outcome_of(destinations[0]))


async def _number_of_ticket(talk: StepContext) -> str | None:
    """The number of the call's newest ticket, for the answering party; None when it is not known soon enough."""
    call = talk.call
    if call.kept is None:
        return call.tickets[-1] if call.tickets else None
    with contextlib.suppress(StorageUnavailableError, TimeoutError):
        async with asyncio.timeout(NUMBER_TIMEOUT_S):
            return (await talk.intake.submit(call.kept)).number  # the same key: the one ticket
    return None


def _has_sound(path: Path) -> bool:
    try:
        return path.stat().st_size > SOUND_STARTS_AT
    except OSError:
        return False

"""A few optional seconds of the caller's own words, kept as sound on the ticket."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from agi.fastagi.errors import AgiCommandError
from agi.ivr.context import OPERATOR_KEY, REPEAT_KEY, TRIES, OperatorRequestedError
from agi.ivr.persistence import queue_cut_recording
from agi.ivr.prompt_names import BEEP
from agi.ivr.references import PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from recordings.spool import file_name
from router.model.calls.recording_record import NewRecording

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

BEEP_WAIT_S = 0.1  # between beep and recording: the first word of a caller who speaks at once must not be lost
MIN_LENGTH_S = 0.5  # a key pressed at once leaves less than this: no speech
MAX_LENGTH_S = 120.0  # the dialplan's maximum for a message too

_log = logging.getLogger(__name__)


class RecordDetailsStep(FlowStep):
    """Records the caller after a beep.

    Attributes:
        prompts: What to speak about.
        seconds: The longest recording.
    """

    asks: ClassVar[bool] = True

    kind: Literal["record-details"]
    prompts: PromptNames
    seconds: Annotated[float, Field(gt=0, le=MAX_LENGTH_S)]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Record; any key before the beep skips, `#` too; `*` at the end begins again."""
        recording = _new_recording(talk)
        for _ in range(TRIES):
            if await talk.keys([*talk.names(self.prompts), BEEP], wait_s=BEEP_WAIT_S) or talk.session.hashed:
                break
            if await self._record(talk, recording) != REPEAT_KEY:
                break
        return self.next

    async def _record(self, talk: StepContext, recording: NewRecording) -> str:
        """Record into a file, which becomes the trouble's; return the key that ended it."""
        call, file = talk.call, talk.incoming / recording.name
        call.recordings = tuple(other for other in call.recordings if other != recording)
        call.recording = recording
        try:
            recorded = await talk.session.record(file.with_suffix(""), seconds=self.seconds)
        except AgiCommandError as error:  # the disk is full, say: the ticket matters more than its sound
            _log.warning("call %s: not recorded: %s", call.uniqueid, error)
            await queue_cut_recording(talk)
            return ""
        call.recording = None
        if recorded.duration_s >= MIN_LENGTH_S:
            call.recordings += (recording,)
        else:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        if recorded.key == OPERATOR_KEY:
            raise OperatorRequestedError
        return recorded.key


def _new_recording(talk: StepContext) -> NewRecording:
    """A recording that begins now, or a second after the one before: no other has its name."""
    call, language = talk.call, talk.session.language
    begun = talk.now().replace(microsecond=0)
    if call.last_recorded is not None:
        begun = max(begun, call.last_recorded + timedelta(seconds=1))
    call.last_recorded = begun
    name = file_name(begun, call.uniqueid, call.helpline, language)
    return NewRecording(name=name, call=call.uniqueid, helpline=call.helpline, language=language, begun=begun)

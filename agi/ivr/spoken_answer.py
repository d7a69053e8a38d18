"""A question that the caller answers by speaking: recorded for a few seconds, heard at once, said back.

Nothing is settled by what was heard: only by the caller's yes. Any key but `0` and `*` leads to the keys, and so does
everything that does not work: nobody is kept waiting by a machine that does not understand them.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from agi.fastagi.errors import AgiCommandError
from agi.ivr.context import OPERATOR_KEY, REPEAT_KEY, OperatorRequestedError
from agi.ivr.prompt_names import BEEP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from agi.ivr.context import AnswerListening, StepContext
    from agi.ivr.prompt_names import Prompt
    from recordings.answers.listener import Answer
    from recordings.answers.vocabulary import Question

TRIES: Final = 2
"""A third time the keys are quicker, whatever the reason is that the caller is not understood."""
ANSWER_S: Final = 4.0
"""A name in a sentence, said slowly."""
SILENCE_S: Final = 2
"""People begin to speak within a second and a half of the beep; Asterisk counts whole seconds, the first ones too."""
BEEP_WAIT_S: Final = 0.1
"""Between beep and recording: the first sound of who speaks at once must not be lost."""
MIN_LENGTH_S: Final = 0.3
"""A key pressed at once leaves less: no speech."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpokenQuestion:
    """A question and its wording.

    Attributes:
        question: What is asked.
        ask: Asks it.
        again: Asks once more, when the answer was not understood or was another.
        louder: Asks once more, when nothing was heard.
    """

    question: Question
    ask: Prompt
    again: Prompt
    louder: Prompt


class SpokenAnswer(NamedTuple):
    """How a spoken question ended: what the caller has said yes to, if anything; and the key that ended it, if any."""

    meaning: str | None
    key: str = ""


class _Heard(NamedTuple):
    key: str
    answer: Answer | None


async def ask_aloud(
    talk: StepContext,
    asked: SpokenQuestion,
    confirm: Callable[[str], Awaitable[bool]],
    *,
    intro: Sequence[Prompt] = (),
) -> SpokenAnswer:
    """Ask for a spoken answer, twice at most; nothing is asked while nobody would hear it.

    Args:
        talk: The call.
        asked: The question.
        confirm: Says an answer back; returns whether the caller says that it is right.
        intro: Said before the question, the first time only.

    Raises:
        OperatorRequestedError: The caller pressed 0.
        NoValidInputError: What was said back was not answered by keys.
    """
    answers, refused, ask, before = talk.answers, set[str](), asked.ask, tuple(intro)
    for _ in range(TRIES):
        if answers is None or not answers.ready(asked.question, talk.session.language):
            break
        key = await talk.keys((*before, ask, BEEP), wait_s=BEEP_WAIT_S)
        if key or talk.session.hashed:
            return SpokenAnswer(None, key)
        before = ()
        key, answer = await _listen(talk, answers, asked.question)
        if key == REPEAT_KEY:
            continue
        understood = answer.understood if answer is not None else None
        if understood is not None and understood.meaning not in refused:
            if await confirm(understood.meaning):
                return SpokenAnswer(understood.meaning)
            refused.add(understood.meaning)
        elif answer is None or key or understood is not None:
            return SpokenAnswer(None, key)
        ask = asked.louder if answer is not None and answer.silent else asked.again
    return SpokenAnswer(None)


async def _listen(talk: StepContext, answers: AnswerListening, question: Question) -> _Heard:
    """Record the caller and have it heard; the recording is deleted, whatever happens."""
    file = answers.folder / f"{secrets.token_hex(8)}.wav"
    try:
        recorded = await talk.session.record(file.with_suffix(""), seconds=ANSWER_S, silence_s=SILENCE_S)
        talk.call.pressed = talk.call.pressed or bool(recorded.key)
        if recorded.key == OPERATOR_KEY:
            raise OperatorRequestedError
        if recorded.key == REPEAT_KEY or recorded.duration_s < MIN_LENGTH_S:
            return _Heard(recorded.key, None)
        await talk.session.settled()
        answer = await answers.hear(question, talk.session.language, file)
    except AgiCommandError as error:  # the disk is full, say
        _log.warning("call %s: an answer was not recorded: %s", talk.call.uniqueid, error)
        return _Heard("", None)
    finally:
        await asyncio.to_thread(_delete, file)
    _note(talk, question, answer)
    return _Heard(recorded.key, answer)


def _delete(file: Path) -> None:
    file.unlink(missing_ok=True)


def _note(talk: StepContext, question: Question, answer: Answer | None) -> None:
    """Write down in the call's journal what was understood, not what was said."""
    understood = answer.understood if answer is not None else None
    talk.session.notes.note(
        "understood",
        question=question,
        answer=understood.meaning if understood else "",
        confidence=round(understood.confidence, 2) if understood else 0.0,
        ms=round(answer.seconds * 1000) if answer is not None else None,
    )

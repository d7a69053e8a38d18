"""What is needed, said by the caller before the menu is heard: only where the settings have it asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from agi.ivr.prompt_names import PromptDeclarations, need_prompt
from agi.ivr.spoken_answer import SpokenAnswer, SpokenQuestion, ask_aloud
from agi.ivr.steps.ticket.place import CONFIRM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agi.ivr.context import StepContext
    from agi.ivr.prompt_names import Prompt

_declare = PromptDeclarations(__name__)
SAY: Final = SpokenQuestion(
    question="need", ask=_declare("need-say"), again=_declare("need-say-again"), louder=_declare("need-say-louder")
)
NEED_IS: Final = _declare("need-is")


def is_need_asked(talk: StepContext) -> bool:
    """Whether callers say what they need, and would be heard now."""
    return talk.answers is not None and talk.answers.ready(SAY.question, talk.session.language)


async def ask_need(talk: StepContext, before: Sequence[Prompt]) -> SpokenAnswer:
    """Have the caller say what is needed.

    Args:
        talk: The call.
        before: Said before the question.

    Raises:
        OperatorRequestedError: The caller pressed 0.
        NoValidInputError: What was said back was not answered by keys.
    """
    return await ask_aloud(talk, SAY, partial(_confirm, talk), intro=before)


async def _confirm(talk: StepContext, need: str) -> bool:
    """Say a need back; whether the caller says that it is right."""
    return await talk.confirm((NEED_IS, need_prompt(need), CONFIRM))

"""Explains to the citizen why no help comes, and offers an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal, get_args

from agi.ivr.context import OPERATOR_KEY, YES, NoValidInputError, OperatorRequestedError
from agi.ivr.prompt_names import PromptDeclarations
from agi.ivr.references import PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from router.model.ticket import RejectionReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ivr.context import StepContext

DEFAULT: RejectionReason = "other"

_declare = PromptDeclarations(__name__)
REASONS: Final = {reason: _declare(f"rejected-{reason}") for reason in get_args(RejectionReason)}


class ExplainRejectionStep(FlowStep):
    """Says the kind of reason. Only a citizen who then presses a key counts as informed: answering machines press none.

    Attributes:
        prompts: The choices of the citizen: 1 it is understood, 0 an operator.
    """

    asks: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, str]] = {"yes": YES, "operator": OPERATOR_KEY}

    kind: Literal["explain-rejection"]
    prompts: PromptNames
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Tell why."""
        ticket = talk.call.about
        reason = (ticket.rejection if ticket else None) or DEFAULT
        try:
            await talk.choose([REASONS[reason], *talk.names(self.prompts)], (YES,))
        except OperatorRequestedError:
            talk.call.word = "told"
            raise
        except NoValidInputError:
            return self.next
        talk.call.word = "told"
        return self.next

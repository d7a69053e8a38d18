"""The number the caller can be called on: the one the call came from, or one keyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from agi.ivr.context import KEYING_WAIT_S, NO, TRIES, YES, NoValidInputError
from agi.ivr.prompt_names import NO_KEY, Prompt, PromptDeclarations, digit_prompts
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

MAX_KEYED = 14  # 0091 and ten digits: people key the number as the card has it

_declare = PromptDeclarations(__name__)
ASK_OWN: Final = _declare("callback-ask", yes=YES, no=NO)
NO_NUMBER: Final = _declare("callback-none")
CANNOT_CALL: Final = _declare("callback-cannot")
KEY_NUMBER: Final = _declare("callback-key")
NUMBER_IS: Final = _declare("callback-is")
CONFIRM_NUMBER: Final = _declare("callback-confirm", yes=YES, no=NO)
NUMBER_WRONG: Final = _declare("callback-wrong")
GO_ON_WITHOUT: Final = _declare("callback-skip")


class CallbackNumberStep(FlowStep):
    """Settles the number to call; asked once in a call, for all its troubles."""

    kind: Literal["callback-number"]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Ask whether the caller's own number will do; else take another."""
        call = talk.call
        if not call.callback_known:
            if call.caller.callable:
                own = await talk.confirm((ASK_OWN,))
                call.phone = None if own else await _keyed(talk)
            else:
                call.phone = await _keyed(talk, CANNOT_CALL if call.caller.seen else NO_NUMBER)
            call.callback_known = True
        return self.next


async def _keyed(talk: StepContext, *why: Prompt) -> str | None:
    """Ask for a number, say it back and have it confirmed; None when the caller keys none twice.

    Args:
        talk: The call.
        why: The prompt that says why the caller's own number will not do, if that is to be said.

    Raises:
        OperatorRequestedError: The caller pressed 0.
        NoValidInputError: No sound number was confirmed in three tries.
    """
    ask = [*why, KEY_NUMBER]
    silent_before = False
    for _ in range(TRIES):
        keys = await talk.keys(ask, digits=MAX_KEYED, wait_s=KEYING_WAIT_S)
        number = normalise(keys)
        if not keys:
            if silent_before:
                await talk.session.play((GO_ON_WITHOUT,))
                return None
            silent_before = True
            ask = [NO_KEY, KEY_NUMBER]
        elif not number.callable:
            ask = [NUMBER_WRONG, KEY_NUMBER]
        elif await talk.confirm([NUMBER_IS, *digit_prompts(number.spoken), CONFIRM_NUMBER]):
            return number.e164
        else:
            ask = [KEY_NUMBER]
    raise NoValidInputError

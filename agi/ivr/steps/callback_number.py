"""The number the caller can be called on: the one the call came from, or one keyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.ivr.context import KEYING_WAIT_S, TRIES, NoValidInputError
from agi.ivr.steps.base import FlowStep
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

MAX_KEYED = 14  # 0091 and ten digits: people key what is written on the card


class CallbackNumberStep(FlowStep):
    """Settles the number to call; asked once in a call, for all its troubles."""

    fixed_prompts: ClassVar[tuple[str, ...]] = (
        "callback-ask",
        "callback-none",
        "callback-cannot",
        "callback-key",
        "callback-is",
        "callback-confirm",
        "callback-wrong",
        "callback-skip",
        "no-key",
        *(f"number-{digit}" for digit in range(10)),
    )

    kind: Literal["callback"]
    go: str

    async def run(self, talk: StepContext) -> str:
        """Ask whether the caller's own number will do; else take another."""
        call = talk.call
        if not call.callback_known:
            if call.caller.callable:
                own = await talk.confirm(("callback-ask",))
                call.phone = None if own else await _keyed(talk, "")
            else:
                call.phone = await _keyed(talk, "callback-cannot" if call.caller.seen else "callback-none")
            call.callback_known = True
        return self.go


async def _keyed(talk: StepContext, why: str) -> str | None:
    """Ask for a number, say it back and have it confirmed; None when the caller keys none twice.

    Args:
        talk: The call.
        why: The prompt that says why the caller's own number will not do, if that is to be said.

    Raises:
        HumanAsked: The caller pressed 0.
        Lost: No sound number was confirmed in three tries.
    """
    ask = [*filter(None, (why,)), "callback-key"]
    silent_before = False
    for _ in range(TRIES):
        keys = await talk.keys(ask, digits=MAX_KEYED, wait_s=KEYING_WAIT_S)
        number = normalise(keys)
        if not keys:
            if silent_before:
                await talk.session.play(("callback-skip",))
                return None
            silent_before = True
            ask = ["no-key", "callback-key"]
        elif not number.callable:
            ask = ["callback-wrong", "callback-key"]
        elif await talk.confirm(["callback-is", *(f"number-{d}" for d in number.spoken), "callback-confirm"]):
            return number.e164
        else:
            ask = ["callback-key"]
    raise NoValidInputError

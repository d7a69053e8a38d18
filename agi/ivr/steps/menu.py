"""A menu: one key, one way on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from agi.ivr.references import ChoiceKey, NeedId, PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

MAX_CHOICES = 8


class MenuChoice(BaseModel):
    """What one key of a menu does.

    Attributes:
        next: The next step.
        need: The need this key stands for.
        other_language: Whether the call goes on in the other language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    next: Target
    need: NeedId | None = None
    other_language: bool = False


class MenuStep(FlowStep):
    """Says what there is to choose from and goes where the key leads.

    Attributes:
        intro_prompts: Said once in a call, before the menu.
        prompts: The menu.
        choices: What each key does.
    """

    asks: ClassVar[bool] = True

    kind: Literal["menu"]
    intro_prompts: PromptNames = ()
    prompts: PromptNames
    choices: dict[ChoiceKey, MenuChoice]

    @field_validator("choices")
    @classmethod
    def _few_enough(cls, choices: dict[str, MenuChoice]) -> dict[str, MenuChoice]:
        if not choices:
            raise ValueError("the menu has no choice")
        if len(choices) > MAX_CHOICES:
            raise ValueError(f"{len(choices)} choices: a caller keeps {MAX_CHOICES} in mind at most")
        return choices

    async def run(self, talk: StepContext) -> str:
        """Ask for a key; note the need it stands for."""
        intro = [name for name in talk.names(self.intro_prompts) if name not in talk.call.said]
        talk.call.said.update(intro)
        key = await talk.choose(talk.names(self.prompts), self.choices, intro=intro)
        choice = self.choices[key]
        if choice.need is not None:
            talk.call.need = choice.need
        if choice.other_language:
            await talk.session.set_language("en" if talk.session.language == "hi" else "hi")
        return choice.next

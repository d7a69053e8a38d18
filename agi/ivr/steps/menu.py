"""A menu: one key, one way on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agi.ivr.context import OPERATOR_KEY, REPEAT_KEY
from agi.ivr.notices import guess_district, tell_notices
from agi.ivr.references import ChoiceKey, NeedId, PromptName, PromptNames, Target, TextName  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.spoken_need import ask_need, is_need_asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ivr.context import StepContext

MAX_CHOICES = 8


class MenuChoice(BaseModel):
    """The effect of one key of a menu.

    Attributes:
        text: The name of the text that says it. One with `{key}` is a whole sentence; any other is the choice's name,
            of which the text `choice` makes a sentence.
        next: The next step.
        need: The need this key stands for.
        other_language: Whether the call goes on in the other language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    text: TextName
    next: Target
    need: NeedId | None = None
    other_language: bool = False


class MenuStep(FlowStep):
    """Says the choices and goes where the key leads.

    Attributes:
        intro_prompts: Said once in a call, before the menu.
        prompts: The menu.
        menu: The one of them that is put together from the choices, in their order; a choice whose text is itself one
            of the prompts is said there.
        notices_after: Where notices to the public are told before the menu: what is said before them, so that
            danger to life waits for nothing; empty: none are told.
        choices: What each key does.
        said: Where each need leads that the caller may say before the menu is heard; the keys work meanwhile.
    """

    asks: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, str]] = {"operator": OPERATOR_KEY, "repeat": REPEAT_KEY}

    kind: Literal["menu"]
    intro_prompts: PromptNames = ()
    prompts: PromptNames
    menu: PromptName | None = None
    notices_after: PromptNames = ()
    choices: dict[ChoiceKey, MenuChoice]
    said: dict[NeedId, Target] = Field(default_factory=dict)

    @field_validator("choices")
    @classmethod
    def _few_enough(cls, choices: dict[str, MenuChoice]) -> dict[str, MenuChoice]:
        if not choices:
            raise ValueError("the menu has no choice")
        if len(choices) > MAX_CHOICES:
            raise ValueError(f"{len(choices)} choices: a caller keeps {MAX_CHOICES} in mind at most")
        return choices

    @model_validator(mode="after")
    def _every_choice_is_said(self) -> Self:
        if self.menu is not None and self.menu not in self.prompts:
            raise ValueError(f"menu = '{self.menu}' is none of its prompts: write there when it is said")
        silent = [key for key, choice in self.choices.items() if choice.text not in self.prompts]
        if silent and self.menu is None:
            raise ValueError(f"no prompt says the choices {', '.join(silent)}: name one in prompts, and as menu")
        if self.menu is not None and not silent:
            raise ValueError(f"menu = '{self.menu}': no choice is left for it to say")
        return self

    async def run(self, talk: StepContext) -> str:
        """Ask for a key; note the need it stands for."""
        intro = [name for name in talk.names(self.intro_prompts) if name not in talk.call.said]
        talk.call.said.update(intro)
        key = ""
        if self.notices_after:
            told = await tell_notices(talk, await guess_district(talk), [*intro, *talk.names(self.notices_after)])
            key, intro = (told, []) if told is not None else ("", intro)
        if self.said and key not in self.choices and is_need_asked(talk):
            answer = await ask_need(talk, [*intro, *talk.names(self.notices_after)])
            if answer.meaning is not None:
                talk.call.need = answer.meaning
                return self.said[answer.meaning]
            key, intro = answer.key, []
        if key not in self.choices:
            key = await talk.choose(talk.names(self.prompts), self.choices, intro=intro)
        choice = self.choices[key]
        if choice.need is not None:
            talk.call.need = choice.need
        if choice.other_language:
            await talk.session.set_language("en" if talk.session.language == "hi" else "hi")
        return choice.next

"""A menu: one key, one way on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from agi.ivr.steps.base import FlowStep, Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext

KEYS = frozenset("123456789")
MAX_CHOICES = 8


class MenuChoice(BaseModel):
    """What one key of a menu does.

    Attributes:
        go: The next step.
        need: The need this key stands for.
        other_language: Whether the call goes on in the other language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    go: str
    need: str | None = None
    other_language: bool = False


class MenuStep(FlowStep):
    """Says what there is to choose from and goes where the key leads.

    Attributes:
        intro: Said once in a call, before the menu.
        say: The menu.
        choices: What each key does.
    """

    asks: ClassVar[bool] = True

    kind: Literal["menu"]
    intro: Names = ()
    say: Names
    choices: dict[str, MenuChoice]

    async def run(self, talk: StepContext) -> str:
        """Ask for a key; note the need it stands for."""
        intro = [name for name in talk.names(self.intro) if name not in talk.call.said]
        talk.call.said.update(intro)
        key = await talk.choose(talk.names(self.say), self.choices, intro=intro)
        choice = self.choices[key]
        if choice.need is not None:
            talk.call.need = choice.need
        if choice.other_language:
            await talk.session.set_language("en" if talk.session.language == "hi" else "hi")
        return choice.go

    def targets(self) -> Iterator[tuple[str, str]]:
        """Where each key leads."""
        return ((f"choices.{key}", choice.go) for key, choice in self.choices.items())

    def problems(self) -> Iterator[tuple[str, str]]:
        """Keys that cannot be pressed, or are too many to keep in mind."""
        if not self.choices:
            yield "choices", "the menu has no choice"
        if len(self.choices) > MAX_CHOICES:
            yield "choices", f"{len(self.choices)} choices: a caller keeps {MAX_CHOICES} in mind at most"
        for key in self.choices:
            if key not in KEYS:
                yield (
                    f"choices.{key}",
                    f"'{key}' is no key for a choice: use 1 to 9 (0 and * are the same everywhere)",
                )

    def needs(self) -> Iterator[tuple[str, str]]:
        """The need of each key that has one."""
        return ((f"choices.{key}", choice.need) for key, choice in self.choices.items() if choice.need)

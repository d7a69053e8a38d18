"""What every kind of step of the flow has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext

Names = Annotated[tuple[str, ...], Field(strict=False)]
"""Prompt names in speaking order; `{helpline}` and `{other}` are filled in for the call."""


class FlowStep(BaseModel, ABC):
    """One step of the flow, as it is written in the flow file.

    Attributes:
        kind: Which kind of step this is.
        asks: Whether the step waits for the caller whenever it runs: a circle of steps needs one that does.
        ends: Whether the conversation ends with it.
        fixed_prompts: Prompts the kind plays beside those named in the flow file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    asks: ClassVar[bool] = False
    ends: ClassVar[bool] = False
    fixed_prompts: ClassVar[tuple[str, ...]] = ()

    kind: str

    @abstractmethod
    async def run(self, talk: StepContext) -> str | None:
        """Talk this step through with the caller.

        Returns:
            The next step's name; None when the conversation is over.
        """

    def targets(self) -> Iterator[tuple[str, str]]:
        """The steps that may follow: the key of the flow file that names each, and its name."""
        go: str | None = getattr(self, "go", None)
        if go is not None:
            yield "go", go

    def prompts(self) -> Iterator[tuple[str, str]]:
        """The prompts named in the flow file: the key that names each, and its name."""
        for field in ("intro", "say"):
            for name in getattr(self, field, ()):
                yield field, name

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with the step by itself: the key of the flow file, and what to do about it."""
        yield from ()

    def needs(self) -> Iterator[tuple[str, str]]:
        """The needs named in the flow file: the key that names each, and its id."""
        yield from ()

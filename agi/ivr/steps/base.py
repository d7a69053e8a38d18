"""What every kind of step of the flow has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict

from agi.ivr.references import unchecked_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ivr.context import StepContext


class FlowStep(BaseModel, ABC):
    """One step of the flow, as it is written in the flow file.

    A field says by its type what it names: `Target`, `PromptName`, `NeedId` … (`agi.ivr.references`); the checks of the
    flow read the types. What a subclass leaves out here makes the checks stricter, never weaker.

    Attributes:
        asks: Whether the step waits for the caller whenever it runs: a circle of steps needs one that does.
        ends: Whether the conversation ends with it.
        takes_over: Whether key 0, and a caller who cannot answer, may lead here.
        keys: The keys that the step's prompts speak of: the word for each takes the place of its name in braces.
        for_rooms: Whether it talks with a control room: in a flow of rooms key 0 leads nowhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    asks: ClassVar[bool] = False
    ends: ClassVar[bool] = False
    takes_over: ClassVar[bool] = False
    for_rooms: ClassVar[bool] = False
    keys: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a field of plain text. Raises TypeError."""
        super().__pydantic_init_subclass__(**kwargs)
        if plain := list(unchecked_fields(cls)):
            msg = f"{', '.join(plain)}: say what the text names: Target, PromptName, NeedId … of agi.ivr.references"
            raise TypeError(msg)

    @classmethod
    def kind_name(cls) -> str:
        """The name of this kind of step in the flow file."""
        name: str = get_args(cls.model_fields["kind"].annotation)[0]
        return name

    @abstractmethod
    async def run(self, talk: StepContext) -> str | None:
        """Talk this step through with the caller.

        Returns:
            The next step's name; None when the conversation is over.
        """

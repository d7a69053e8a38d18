"""A person takes the call over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.conversation.booking import finish, keep
from agi.conversation.step import Names, Step
from agi.variables import Next

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.conversation.talk import Talk


class Human(Step):
    """Books what is known so far, then has the operators rung.

    Attributes:
        say: Said before they are rung.
        without: Where the call goes on when there are no operators.
    """

    ends: ClassVar[bool] = True

    kind: Literal["human"]
    say: Names
    without: str

    async def run(self, talk: Talk) -> str | None:
        """Hand the call over, with a ticket for the person to go on with."""
        keep(talk, talk.call.why_handed_over or "The caller was put through to a person.", even_without_place=True)
        if not talk.operators:
            return self.without
        await talk.session.play(talk.names(self.say))
        await finish(talk, Next.OPERATOR)
        return None

    def targets(self) -> Iterator[tuple[str, str]]:
        """Where the call goes on without operators."""
        yield "without", self.without

"""Danger to life: the call goes to 108, 112 or 104, before anything else is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.conversation.booking import hand_over, keep, last_place, progress
from agi.conversation.step import Names, Step
from agi.helplines.ways import EMERGENCY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.conversation.talk import Talk

NEED = "danger"
NOTE = "Danger to life: the emergency line is being rung for the caller."
"""What came of it is noted when it is known."""
NOBODY = "Danger to life, and no emergency line can be rung from here: call the citizen at once."


class Emergency(Step):
    """Books a ticket where somebody can be called back, and has the emergency line rung.

    Attributes:
        say: Said before it is rung.
    """

    ends: ClassVar[bool] = True

    kind: Literal["emergency"]
    say: Names

    async def run(self, talk: Talk) -> None:
        """Put the caller through; the ticket goes to the district of an earlier call, else to the state."""
        call = talk.call
        call.need = NEED
        if not call.place_known:
            call.guess = call.guess or await last_place(talk)
        progress(talk)
        ways = talk.ways("danger")
        keep(talk, NOTE if EMERGENCY in ways else NOBODY)
        await talk.session.play(talk.names(self.say))
        await hand_over(talk, ways)

    def needs(self) -> Iterator[tuple[str, str]]:
        """The need it books."""
        yield "kind", NEED

"""The dialogue: one message in, one step out. Pure: the same message in the same state gives the same step.

The worker commits the step's submission first, then the step: killed between the two it does both again, and the
submission's key finds its ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.intake.whatsapp.dialogue.flow import with_ticket
from router.intake.whatsapp.dialogue.kinds import take
from router.intake.whatsapp.dialogue.turn import Tools, Turn

if TYPE_CHECKING:
    from datetime import datetime

    from router.geo import Places
    from router.intake.base import TextUnderstanding
    from router.intake.whatsapp.dialogue.step import Facts, Step
    from router.intake.whatsapp.dialogue.wording.texts import Texts
    from router.model.messaging.incoming import IncomingMessage
    from router.model.messaging.person import ChatPerson
    from router.model.ticket import Ticket


class Dialogue:
    """Leads the dialogues of all people.

    Args:
        places: Needs and places.
        texts: What is said.
        secret: ``whatsapp-buttons``, which signs the ids of buttons.
        understand: Reads texts: `recordings.nlu`, handed in.
    """

    def __init__(self, places: Places, texts: Texts, secret: bytes, understand: TextUnderstanding) -> None:
        self._tools = Tools(places, texts, secret, understand)

    def advance(self, person: ChatPerson, message: IncomingMessage, facts: Facts, now: datetime) -> Step:
        """Return what follows from a message. Reads texts: it takes milliseconds, and belongs in a thread.

        Args:
            person: As they are before it.
            message: The message, or ``timeout`` of ours (`Step.wake`).
            facts: What the store has of it.
            now: Aware.
        """
        turn = Turn(self._tools, person, message, facts, now)
        take(turn)
        return turn.step()

    def submitted(self, person: ChatPerson, step: Step, ticket: Ticket, now: datetime) -> Step:
        """Return the step to commit for one with `Step.submit`, once its ticket is committed.

        Args:
            person: As given to `advance`.
            step: As `advance` returned it.
            ticket: That the submission opened or joined.
            now: Aware.
        """
        return with_ticket(self._tools, person, step, ticket, now)

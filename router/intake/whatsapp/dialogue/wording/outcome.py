"""What a citizen is told when their ticket is resolved or rejected, and the question whether help came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.replies import Button, Buttons, Text
from router.intake.whatsapp.dialogue.wording.buttons import Pressed, sign
from router.intake.whatsapp.dialogue.wording.questions import NO, YES
from router.model.stages import Stage

if TYPE_CHECKING:
    from router.geo import Places
    from router.intake.whatsapp.dialogue.wording.texts import Texts
    from router.model.messaging.person import ChatPerson
    from router.model.ticket import Ticket

OUTCOME: Final = "outcome"
"""The step of these buttons: ``about`` is the ticket's number, the value `YES` (help came) or `NO`."""


class Outcomes:
    """Makes these messages.

    Args:
        places: Names of needs.
        texts: The texts.
        secret: ``whatsapp-buttons``.
    """

    def __init__(self, places: Places, texts: Texts, secret: bytes) -> None:
        self._places = places
        self._texts = texts
        self._secret = secret

    def message(self, person: ChatPerson, ticket: Ticket) -> Buttons | Text:
        """Return the message to a person about a ticket as they are asked about it (`TicketService.asked_about`)."""
        language = person.language
        found = self._places.needs.get(ticket.service_code)
        need = "" if found is None else found.name_hi if language == "hi" else found.name
        about = {"ticket": ticket.number, "need": need}
        if ticket.stage is Stage.REJECTED:
            reason = self._texts.get(f"rejected-{ticket.rejection or 'other'}", language)
            return Text(text=self._texts.get("rejected", language, reason=reason, **about))
        titles = {YES: "title-helped", NO: "title-not-helped"}
        buttons = tuple(
            Button(
                id=sign(self._secret, person.id, Pressed(ticket.number, OUTCOME, value)),
                title=self._texts.get(title, language),
            )
            for value, title in titles.items()
        )
        return Buttons(text=self._texts.get("ask-outcome", language, **about), buttons=buttons)

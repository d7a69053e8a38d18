"""A citizen is asked whether help came by buttons that are theirs alone, or told why it did not."""

from __future__ import annotations

from typing import get_args

import pytest

from router.intake.base import Submission
from router.intake.whatsapp.dialogue.replies import Buttons, Text
from router.intake.whatsapp.dialogue.wording.buttons import Pressed, read
from router.intake.whatsapp.dialogue.wording.outcome import OUTCOME, Outcomes
from router.intake.whatsapp.dialogue.wording.texts import Texts
from router.model.messaging.person import ChatLanguage, ChatPerson
from router.model.stages import Stage
from router.model.ticket import RejectionReason, Ticket
from tests.unit.router.intake.whatsapp.dialogue.conversation import BEGIN, places, ticket_of

SECRET = b"secret"


def _ticket(**changes: object) -> Ticket:
    submission = Submission(source_key="whatsapp/a", channel="whatsapp", need="ration")
    return ticket_of(submission, "100000013", BEGIN).model_copy(update=changes)


def _person(language: ChatLanguage = "hi") -> ChatPerson:
    return ChatPerson(id=7, channel="whatsapp", account="1", user="IN.1", language=language)


@pytest.mark.parametrize("language", get_args(ChatLanguage))
def test_buttons_are_signed_for_this_person_and_ticket(language: ChatLanguage) -> None:
    ticket = _ticket(stage=Stage.RESOLVED)
    message = Outcomes(places(), Texts.load(), SECRET).message(_person(language), ticket)
    assert isinstance(message, Buttons)
    assert ticket.number in message.text
    assert [read(SECRET, 7, one.id) for one in message.buttons] == [
        Pressed(ticket.number, OUTCOME, "yes"),
        Pressed(ticket.number, OUTCOME, "no"),
    ]
    assert all(read(SECRET, 8, one.id) is None for one in message.buttons)


@pytest.mark.parametrize("language", get_args(ChatLanguage))
def test_every_reason_of_a_rejection_has_its_words(language: ChatLanguage) -> None:
    made = Outcomes(places(), Texts.load(), SECRET)
    said = set()
    for reason in (None, *get_args(RejectionReason)):
        ticket = _ticket(stage=Stage.REJECTED, rejection=reason)
        message = made.message(_person(language), ticket)
        assert isinstance(message, Text)
        said.add(message.text)
    assert len(said) == len(get_args(RejectionReason))

"""Words that steer: news of a ticket, stop, start, help, the language, a greeting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.draft import new_draft
from router.intake.whatsapp.dialogue.wording.words import asked_status, meaning

if TYPE_CHECKING:
    from router.intake.whatsapp.dialogue.turn import Turn

_MAX_STATUS: Final = 3
"""Tickets of which news is given at once, in as many messages."""


def on_command(turn: Turn, text: str) -> bool:
    """Take a text that is a command; return whether it is one."""
    texts = turn.tools.texts
    asked, number = asked_status(text, texts)
    if asked:
        on_status(turn, number)
        return True
    command = meaning(text, texts, "stop", "start", "help", "in-english", "in-hindi")
    if command == "stop":
        turn.stopped = True
        turn.answer(turn.ask.say("stopped"), once="stop")
    elif command == "start":
        turn.stopped = False
        if turn.person.stopped:
            turn.answer(turn.ask.say("started"), once="start")
        else:
            on_greeting(turn)
    elif command == "help":
        turn.answer(turn.ask.say("help"), once="help")
    elif command is not None:
        in_language(turn, english=command == "in-english")
    return command is not None


def in_language(turn: Turn, *, english: bool) -> None:
    """Change the language, and ask the last question again in it."""
    turn.language = "en" if english else "hi"
    if turn.draft is None or turn.draft.has_content:
        turn.answer(turn.ask.say("help"))
    else:
        on_greeting(turn)


def on_status(turn: Turn, number: str) -> None:
    """Give news of a ticket, or of the newest ones."""
    if number:
        ticket = turn.known_ticket(number)
        reply = turn.ask.status(ticket) if ticket else turn.ask.foreign(number)
        turn.answer(reply)
        return
    tickets = [ticket for ticket in turn.facts.tickets if ticket.is_open] or list(turn.facts.tickets[:1])
    if not tickets:
        turn.answer(turn.ask.say("status-none"), once="status-none")
    for ticket in tickets[:_MAX_STATUS]:
        turn.answer(turn.ask.status(ticket))


def on_greeting(turn: Turn) -> None:
    """Greet somebody who has said nothing yet with the list of needs; who has is waiting for us, not we for them."""
    if turn.draft is not None and turn.draft.has_content:
        turn.drafted()
        return
    if turn.draft is None and turn.current() is not None:
        current = turn.current()
        ticket = turn.known_ticket(current.number) if current else None
        if ticket is not None:
            turn.answer(turn.ask.status(ticket), once="greeting")
        return
    turn.draft = new_draft(turn.id, turn.now)
    before = len(turn.replies)
    turn.answer(turn.ask.need(turn.draft.id, greeting=True))
    if len(turn.replies) > before:
        turn.draft = turn.draft.model_copy(update={"asked": ("need",)})

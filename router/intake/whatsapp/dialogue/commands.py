"""Words that steer: news of a ticket, stop, start, help, the language, a greeting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.draft import new_draft
from router.intake.whatsapp.dialogue.wording.words import asked_status, meaning

if TYPE_CHECKING:
    from router.intake.whatsapp.dialogue.turn import Turn

_MAX_STATUS: Final = 5
"""Tickets of which news is given at once."""


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
        on_help(turn)
    elif command is not None:
        in_language(turn, english=command == "in-english")
    return command is not None


def on_help(turn: Turn) -> None:
    """Say what can be sent; somebody who has not asked for anything yet gets the list of needs, which says so too."""
    if turn.draft is not None and turn.draft.has_content:
        turn.answer(turn.ask.say("help"), once="help")
    else:
        _show_needs(turn)


def in_language(turn: Turn, *, english: bool) -> None:
    """Change the language, and show what can be done in it."""
    turn.language = "en" if english else "hi"
    on_help(turn)


def on_status(turn: Turn, number: str) -> None:
    """Give news of a ticket, or of the newest ones: in one message."""
    if number:
        ticket = turn.known_ticket(number)
        turn.answer(turn.ask.status(ticket) if ticket else turn.ask.foreign(number))
        return
    tickets = [ticket for ticket in turn.facts.tickets if ticket.is_open] or list(turn.facts.tickets[:1])
    if tickets:
        turn.answer(turn.ask.status(*tickets[:_MAX_STATUS]))
    else:
        turn.answer(turn.ask.say("status-none"), once="status-none")


def on_greeting(turn: Turn) -> None:
    """Greet somebody with the list of needs; who has asked for something already hears how it stands."""
    if turn.draft is not None and turn.draft.has_content:
        turn.drafted()  # they wait for us, or we for their answer: nothing to add
        return
    current = turn.current()
    ticket = turn.known_ticket(current.number) if current else None
    if ticket is not None:
        turn.answer(turn.ask.status(ticket), once="greeting")
    else:
        _show_needs(turn)


def _show_needs(turn: Turn) -> None:
    draft = new_draft(turn.id, turn.now)
    if turn.answer(turn.ask.need(draft.id, greeting=True)):
        draft = draft.model_copy(update={"asked": ("need",)})
    turn.draft = draft

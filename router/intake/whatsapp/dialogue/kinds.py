"""Each kind of message, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.intake.whatsapp.dialogue.turn import UNANSWERED
from router.intake.whatsapp.dialogue.written import on_text
from router.outside_text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.intake.whatsapp.dialogue.turn import Turn

MAX_TEXT = 4_096  # characters of a text on WhatsApp


def take(turn: Turn) -> None:
    """Take a message of any kind."""
    content = turn.message.content
    if turn.message.kind == "text":
        on_text(turn, words(content, "text", "body"))
    elif turn.message.kind == "timeout":
        _on_timeout(turn)
    else:
        turn.answer(turn.ask.say("unsupported"), once="unsupported")


def words(content: Mapping[str, object], *path: str) -> str:
    """Return a text of a message, cleaned; empty when there is none."""
    found: object = content
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return clean(found[:MAX_TEXT]) if isinstance(found, str) else ""


def _on_timeout(turn: Turn) -> None:
    """What nobody has answered becomes a ticket as it is; somebody who only greeted is forgotten."""
    draft = turn.draft
    if draft is None or draft.id != turn.message.content.get("draft"):
        return
    if turn.now < draft.touched + UNANSWERED:
        turn.draft = draft.model_copy(update={"wakes": draft.wakes + 1})
    elif draft.has_content:
        turn.submit(draft)
    else:
        turn.draft = None

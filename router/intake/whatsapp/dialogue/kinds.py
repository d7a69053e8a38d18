"""Each kind of message, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue import draft as drafts
from router.intake.whatsapp.dialogue.attachments import on_contacts, on_file, on_location
from router.intake.whatsapp.dialogue.commands import on_greeting
from router.intake.whatsapp.dialogue.presses import on_press
from router.intake.whatsapp.dialogue.step import Note
from router.intake.whatsapp.dialogue.turn import UNANSWERED
from router.intake.whatsapp.dialogue.written import on_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.intake.whatsapp.dialogue.turn import Turn


def take(turn: Turn) -> None:
    """Take a message of any kind."""
    take_kind = _KINDS.get(turn.message.kind)
    if take_kind is None:
        _on_unreadable(turn)
    else:
        take_kind(turn)


def part(turn: Turn) -> Mapping[str, object]:
    """Return the object of a message's kind; empty when it is none."""
    found = turn.message.content.get(turn.message.kind)
    return found if isinstance(found, Mapping) else {}


def _on_text(turn: Turn) -> None:
    on_text(turn, turn.words(part(turn), "body"))


def _on_audio(turn: Turn) -> None:
    if not on_file(turn, "voice", part(turn)):
        _on_unreadable(turn)


def _on_image(turn: Turn) -> None:
    _on_caption(turn)  # first: it may say what the picture is about
    if not on_file(turn, "picture", part(turn)):
        _on_unreadable(turn)


def _on_document(turn: Turn) -> None:
    """A photograph is often sent as a document; any other, and a video, a room cannot open here."""
    media = part(turn)
    if str(media.get("mime_type", "")).startswith("image/"):
        _on_image(turn)
        return
    current = turn.current() if turn.draft is None else None
    said = f"({turn.message.kind} भेजा गया, नहीं रखा गया / was sent and is not kept)"
    if current is not None:
        turn.belongs(current)
        turn.notes.append(Note(current.number, said, turn.key))
    elif turn.draft is not None:
        draft = turn.drafted()
        turn.draft = draft.model_copy(update={"remarks": (*draft.remarks, said)})
    if turn.words(media, "caption"):
        _on_caption(turn)
    else:
        _on_unreadable(turn)


def _on_caption(turn: Turn) -> None:
    on_text(turn, turn.words(part(turn), "caption"))


def _on_location(turn: Turn) -> None:
    if not on_location(turn, part(turn)):
        _on_unreadable(turn)


def _on_contacts(turn: Turn) -> None:
    if not on_contacts(turn, turn.message.content.get("contacts")):
        _on_unreadable(turn)


def _on_interactive(turn: Turn) -> None:
    answer = part(turn)
    for name in ("button_reply", "list_reply"):
        if pressed := turn.words(answer, name, "id"):
            on_press(turn, pressed)
            return
    _on_unreadable(turn)


def _on_button(turn: Turn) -> None:
    """A quick reply of a template: its payload is one of our ids."""
    on_press(turn, turn.words(part(turn), "payload"))


def _on_edit(turn: Turn) -> None:
    """Words put right: in a draft as if they had been so; at a ticket both, for a room may have acted on the old."""
    original = turn.words(part(turn), "original_message_id")
    new = _edited(turn)
    if not new:
        return
    if turn.draft is not None and any(one.message == original for one in turn.draft.said):
        said = tuple(
            one.model_copy(update={"text": new}) if one.message == original else one for one in turn.draft.said
        )
        draft = turn.drafted().model_copy(update={"said": said})
        turn.draft = drafts.understood(draft, turn.understand(new, draft))
        return
    number = turn.ticket_of(original)
    if number:
        message = turn.facts.original
        old = turn.words(message.content, message.kind, "body") if message is not None else ""
        turn.notes.append(Note(number, f"बदला / changed: “{old or '…'}” → “{new}”", turn.key))
    elif message_is_request(turn):
        on_text(turn, new)


def message_is_request(turn: Turn) -> bool:
    """Whether an edit of a message that belongs nowhere is to be read as a message of its own."""
    return turn.draft is None or not turn.draft.has_content


def _edited(turn: Turn) -> str:
    message = part(turn).get("message")
    if not isinstance(message, Mapping):
        return ""
    return turn.words(message, "text", "body") or next(
        (found for kind in ("image", "video", "document") if (found := turn.words(message, kind, "caption"))), ""
    )


def _on_revoke(turn: Turn) -> None:
    """Words taken back stay, marked: somebody may have been made to take them back."""
    original = turn.words(part(turn), "original_message_id")
    if turn.draft is not None and original in turn.draft.messages:
        said = tuple(
            one.model_copy(update={"withdrawn": True}) if one.message == original else one for one in turn.draft.said
        )
        remark = "एक संदेश वापस लिया गया / a message was withdrawn by its sender"
        draft = turn.drafted()
        turn.draft = draft.model_copy(update={"said": said, "remarks": tuple(dict.fromkeys((*draft.remarks, remark)))})
        return
    number = turn.ticket_of(original)
    if number:
        message = turn.facts.original
        old = turn.words(message.content, message.kind, "body") if message is not None else ""
        text = f"वापस लिया / withdrawn by the sender: “{old or '…'}”"
        turn.notes.append(Note(number, text, turn.key))


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


def _on_unreadable(turn: Turn) -> None:
    turn.answer(turn.ask.say("unsupported"), once="unsupported")


def _on_nothing(turn: Turn) -> None:
    """A reaction, a sticker beside a request, a change of the person's number: no answer."""


def _on_sticker(turn: Turn) -> None:
    if turn.draft is None and turn.current() is None:
        on_greeting(turn)


_KINDS: Final[Mapping[str, Callable[[Turn], None]]] = {
    "text": _on_text,
    "audio": _on_audio,
    "image": _on_image,
    "video": _on_document,
    "document": _on_document,
    "sticker": _on_sticker,
    "location": _on_location,
    "contacts": _on_contacts,
    "interactive": _on_interactive,
    "button": _on_button,
    "edit": _on_edit,
    "revoke": _on_revoke,
    "reaction": _on_nothing,
    "system": _on_nothing,
    "request_welcome": on_greeting,
    "timeout": _on_timeout,
}

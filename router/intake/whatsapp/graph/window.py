"""Free words within 24 hours of the person's last message; after that a template, where there is one."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.replies import Buttons
from router.intake.whatsapp.graph.payload import Template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from router.intake.whatsapp.dialogue.replies import ReplyBody
    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.messaging.person import ChatPerson
    from router.settings_messaging import WhatsAppSettings

WINDOW: Final = timedelta(hours=24)
"""Meta's customer service window."""
_MARGIN: Final = timedelta(minutes=2)
"""Before its end: clocks differ, and a message may wait for its turn."""


def is_open(person: ChatPerson, now: datetime) -> bool:
    """Tell whether a person may be sent free words."""
    return person.last_in is not None and now < person.last_in + WINDOW - _MARGIN


def _ticket(message: OutgoingMessage, _body: ReplyBody) -> tuple[str, ...]:
    return (message.ticket,)


def _text(_message: OutgoingMessage, body: ReplyBody) -> tuple[str, ...]:
    return (body.text,)


_VALUES: Final[Mapping[str, Callable[[OutgoingMessage, ReplyBody], tuple[str, ...]]]] = MappingProxyType(
    {"ticket-number": _ticket, "confirm": _ticket, "answer": _text, "emergency": _text, "notice": _text}
)
"""What `{{1}}` of each purpose's template stands for, as docs/whatsapp.md words them."""


def template_of(message: OutgoingMessage, body: ReplyBody, settings: WhatsAppSettings) -> Template | None:
    """Return the template that says what a message says; None when the settings name none for its purpose."""
    name = {str(purpose): name for purpose, name in settings.templates.items()}.get(message.purpose)
    values = _VALUES[message.purpose](message, body)
    if name is None or not all(values):
        return None
    asked = message.purpose == "confirm" and isinstance(body, Buttons)
    payloads = tuple(one.id for one in body.buttons) if asked and isinstance(body, Buttons) else ()
    return Template(name=name, values=values, payloads=payloads)

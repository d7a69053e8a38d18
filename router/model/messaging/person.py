"""A person who writes to us by WhatsApp or SMS."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MessageChannel: TypeAlias = Literal["whatsapp", "sms"]
ChatLanguage: TypeAlias = Literal["hi", "en"]

NAME_LIMIT = 100
"""Characters of a profile name that are kept: anybody may call themselves anything."""


_CONTACT: Final = re.compile(r"(whatsapp|sms):([0-9]{1,18})")


def contact_of(channel: MessageChannel, person: int) -> str:
    """Return what a person's tickets are found by, who may have no telephone: ``whatsapp:7``.

    It begins the ``source_key`` of what they submit (``whatsapp:7/…``), and says nothing to anybody else.
    """
    return f"{channel}:{person}"


def person_of(source_key: str) -> int | None:
    """Return ``chat_people.id`` of who submitted a ticket, by its ``source_key``; None when it came otherwise."""
    found = _CONTACT.fullmatch(source_key.partition("/")[0])
    return int(found[2]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPerson:
    """One person at one account of ours.

    Attributes:
        id: In our store.
        channel: The way they write.
        account: Which account of ours they write to: ``phone_number_id`` of WhatsApp, the number or header of SMS.
        user: What the channel calls them: the business-scoped user id of WhatsApp, or their ``wa_id`` while no message
            has told it; E.164 for SMS. Unique with channel and account.
        phone: E.164; None while it is unknown.
        name: Their profile's, without control characters, at most ``NAME_LIMIT``; may be empty.
        language: In which they are answered.
        stopped: They said stop: they get nothing but answers to what they write.
        last_in: When their last message was sent: the start of WhatsApp's 24-hour window.
        dialogue: State of the dialogue (JSON), of `router.intake.whatsapp.dialogue`; empty at first.
    """

    id: int
    channel: MessageChannel
    account: str
    user: str
    phone: str | None = None
    name: str = ""
    language: ChatLanguage = "hi"
    stopped: bool = False
    last_in: datetime | None = None
    dialogue: Mapping[str, object] = field(default_factory=dict)


class Contact(NamedTuple):
    """What a message says of the person who sent it.

    Attributes:
        channel: The way it came.
        account: The account of ours that it came to.
        user: The business-scoped user id of WhatsApp; without one the ``wa_id``; E.164 for SMS.
        phone: E.164; None when the message does not tell it.
        name: Their profile's, cleaned; empty when the message does not tell it.
    """

    channel: MessageChannel
    account: str
    user: str
    phone: str | None = None
    name: str = ""

"""A draft: what messages add to it, and the submission that it becomes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.intake.base import Submission
from router.intake.whatsapp.dialogue.state import MAX_MESSAGES, Draft, Said
from router.model.messaging.person import contact_of
from router.model.stranded import MAX_PLACE_LENGTH, STRANDED_NEEDS, StrandedFacts
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.intake.whatsapp.dialogue.place import Place
    from router.model.messaging.person import ChatPerson
    from router.model.ticket import Ticket

UNKNOWN_NEED: Final = "other"
"""What text understanding is told of a need that is not known."""

MAX_SAID: Final = 60
"""Messages of words in one draft; more of them go into the last."""

_TAKEN: Final = ("district", "state", "zipcode", "quantity", "people", "address", "landmark")
_WITHDRAWN: Final = "वापस लिया / withdrawn"


def new_draft(first: str, now: datetime) -> Draft:
    """Return an empty draft that a message begins.

    Args:
        first: Its ``provider_id``.
        now: Aware.
    """
    return Draft(id=f"d{hashlib.sha256(first.encode()).hexdigest()[:12]}", touched=now, messages=(first,))


def touched(draft: Draft, message: str, now: datetime) -> Draft:
    """Return a draft that one more message belongs to."""
    messages = draft.messages if message in draft.messages else (*draft.messages, message)
    if len(messages) > MAX_MESSAGES:
        messages = (messages[0], *messages[-MAX_MESSAGES + 1 :])
    return draft.model_copy(update={"messages": messages, "touched": now})


def said(draft: Draft, message: str, text: str) -> Draft:
    """Return a draft with more words."""
    if not text:
        return draft
    lines = (*draft.said, Said(message=message, text=text))
    if len(lines) > MAX_SAID:
        last = Said(message=message, text=f"{lines[-2].text}\n{text}"[:4_000])
        lines = (*lines[:-2], last)
    return draft.model_copy(update={"said": lines})


def understood(draft: Draft, fields: Mapping[str, object]) -> Draft:
    """Return a draft with the fields that a text settled, as `TextUnderstanding` names them."""
    changes = {name: fields[name] for name in _TAKEN if fields.get(name)}
    if fields.get("service_code"):
        changes["need"] = fields["service_code"]
    if fields.get("priority"):
        changes["priority"] = min(int(str(fields["priority"])), draft.priority or 4)
    return draft.model_copy(update=changes)


def placed(draft: Draft, place: Place) -> Draft:
    """Return a draft with a place."""
    changes: dict[str, object] = {}
    if place.zipcode:
        changes["zipcode"] = place.zipcode
    if place.known:
        changes |= {"district": place.district, "state": place.state}
    return draft.model_copy(update=changes)


def submission_of(draft: Draft, person: ChatPerson) -> Submission:
    """Return a draft as it is submitted; its key is its first message's, so that it is submitted once."""
    own = not draft.contact
    return Submission(
        source_key=key_of(person, draft.messages[0]),
        contact=contact_of("whatsapp", person.id) if own else "",  # what is for somebody else joins none of theirs
        channel="whatsapp",
        language=person.language,
        need=draft.need,
        district=draft.district,
        state=draft.state,
        zipcode=draft.zipcode,
        address=draft.address,
        landmark=draft.landmark,
        lat=draft.lat,
        long=draft.long,
        name=person.name if own else "",
        people=draft.people,
        quantity=draft.quantity,
        priority=draft.priority,
        stranded=_stranded(draft),
        status_notes="; ".join(draft.remarks),
        sender=normalise(draft.contact or person.phone or ""),
        text="\n".join(_line(one) for one in draft.said),
    )


def _stranded(draft: Draft) -> StrandedFacts | None:
    if draft.need not in STRANDED_NEEDS:
        return None
    return draft.stranded.model_copy(update={"place": draft.stranded.place or draft.address[:MAX_PLACE_LENGTH]})


def known_of(ticket: Ticket | None, first: str, now: datetime) -> Draft:
    """Return what is known of a ticket, as a draft.

    Args:
        ticket: It.
        first: ``provider_id`` of the message that asks.
        now: Aware.
    """
    blank = new_draft(first, now)
    if ticket is None:
        return blank
    return blank.model_copy(update={name: getattr(ticket, name) for name in _TAKEN})


def key_of(person: ChatPerson, message: str) -> str:
    """Return the key of a message in tickets: its own id may hold the telephone number in another form.

    Args:
        person: Who wrote it.
        message: Its ``provider_id``.
    """
    return f"{contact_of('whatsapp', person.id)}/{hashlib.sha256(message.encode()).hexdigest()[:24]}"


def _line(one: Said) -> str:
    return f"[{_WITHDRAWN}] {one.text}" if one.withdrawn else one.text


@dataclass(frozen=True, slots=True)
class Known:
    """A draft as text understanding sees it: `router.tickets.findings.apply_findings.KnownFields`."""

    draft: Draft
    need: str | None
    priority: int

    @property
    def service_code(self) -> str:
        """The need."""
        return self.need or UNKNOWN_NEED

    @property
    def district(self) -> str | None:
        """The district."""
        return self.draft.district

    @property
    def state(self) -> str | None:
        """The other state."""
        return self.draft.state

    @property
    def zipcode(self) -> str:
        """The PIN code."""
        return self.draft.zipcode

    @property
    def quantity(self) -> str:
        """How much."""
        return self.draft.quantity

    @property
    def people(self) -> int | None:
        """How many."""
        return self.draft.people

    @property
    def address(self) -> str:
        """The address."""
        return self.draft.address

    @property
    def landmark(self) -> str:
        """The landmark."""
        return self.draft.landmark

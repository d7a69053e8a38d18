"""Voice notes, pictures, places on the map, contacts: what people send beside words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.draft import known_of
from router.intake.whatsapp.dialogue.flow import LISTEN, go_on
from router.intake.whatsapp.dialogue.place import of_location
from router.intake.whatsapp.dialogue.state import Media
from router.intake.whatsapp.dialogue.step import Amend, Note
from router.model.messaging.person import contact_of
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal

    from router.intake.whatsapp.dialogue.state import Current
    from router.intake.whatsapp.dialogue.turn import Turn

MAX_FILES: Final = 20
"""Files of one draft: an album has up to thirty; a room looks at a few."""

_TOO_MANY: Final = "और भी फ़ोटो भेजे गए, जो नहीं रखे गए / more pictures were sent than are kept"

_MAX_NUMBERS: Final = 4
"""Telephone numbers of contacts that are kept."""

_MAX_LATITUDE: Final = 90
_MAX_LONGITUDE: Final = 180
_ASKED_FOR: Final = "contact_request"
"""Origin of a contact that the person's own button has sent (Cloud API, "request_contact_info")."""


def on_file(turn: Turn, kind: Literal["voice", "picture"], media: Mapping[str, object]) -> bool:
    """Take a voice note or a picture; return whether it is one that can be fetched.

    A voice note is a ticket at once, to be listened to. A picture goes to the ticket there is, or waits for one.
    """
    media_id = media.get("id")
    if not isinstance(media_id, str) or not media_id:
        return False
    file = Media(media_id=media_id, kind=kind, message=turn.id, sent=turn.message.sent.isoformat())
    if (submitting := turn.submitting) is not None:  # by its caption
        turn.submit(submitting.model_copy(update={"media": (*submitting.media, file)}))
        return True
    current = turn.current() if turn.draft is None else None
    if current is not None:
        turn.belongs(current)
        turn.fetch.append(file)
        turn.fetch_for = current.number
        if kind == "voice" or current.asks is None:
            turn.added(current.number)
        return True
    draft = turn.drafted()
    if len(draft.media) < MAX_FILES or kind == "voice":
        draft = draft.model_copy(update={"media": (*draft.media, file)})
    else:
        remarks = tuple(dict.fromkeys((*draft.remarks, _TOO_MANY)))
        draft = draft.model_copy(update={"remarks": remarks})
    turn.draft = draft
    if kind == "voice":
        turn.submit(draft if draft.need else draft.model_copy(update={"need": LISTEN}))
    elif not draft.asked:
        go_on(turn)
    return True


def on_location(turn: Turn, location: Mapping[str, object]) -> bool:
    """Take a point on the map; return whether it is one."""
    lat, long = (_degrees(location.get(name)) for name in ("latitude", "longitude"))
    if lat is None or long is None or abs(lat) > _MAX_LATITUDE or abs(long) > _MAX_LONGITUDE:
        return False
    place = of_location(lat, long, turn.tools.places)
    address = ", ".join(turn.words(location, name) for name in ("name", "address") if turn.words(location, name))[:200]
    current = turn.current() if turn.draft is None else None
    if current is not None:
        fields = {"lat": lat, "long": long, "address": address, "district": place.district, "state": place.state}
        _fill(turn, current, {name: value for name, value in fields.items() if value not in (None, "")})
        return True
    draft = turn.drafted()
    changes: dict[str, object] = {"lat": lat, "long": long, "address": address or draft.address}
    if place.known:
        changes |= {"district": place.district, "state": place.state, "candidates": (), "nowhere": False}
    elif not draft.placed:
        changes |= {"candidates": place.candidates, "outside": place.outside, "states": place.states}
    turn.draft = draft.model_copy(update=changes)
    if draft.asked[-1:] != ("confirm",):
        go_on(turn)
    return True


def on_contacts(turn: Turn, contacts: object) -> bool:
    """Take telephone numbers: the person's own when their button sent it, else that of the person in need."""
    numbers = list(dict.fromkeys(_numbers(contacts)))[:_MAX_NUMBERS]
    if not numbers:
        return False
    found = numbers[0]
    own = _ASKED_FOR in (turn.words(turn.message.content, "origin"), _origin(contacts)) or found == turn.person.phone
    if own:
        _on_own_number(turn, found)
        return True
    current = turn.current() if turn.draft is None else None
    if current is not None:
        _fill(turn, current, {"phone": found})
        turn.notes.append(Note(current.number, f"फ़ोन / telephone {', '.join(numbers)}", turn.key))
        return True
    draft = turn.drafted()
    remarks = ["किसी और के लिए लिखा गया / written for somebody else", *(f"फ़ोन / telephone {n}" for n in numbers[1:])]
    turn.draft = draft.model_copy(update={"contact": found, "remarks": (*draft.remarks, *remarks)})
    if not draft.asked:
        go_on(turn)
    return True


def _on_own_number(turn: Turn, phone: str) -> None:
    """Take the person's own number: all their open tickets get it that have none, whenever it comes."""
    turn.phone = phone
    own = f"{contact_of(turn.person.channel, turn.person.id)}/"
    without = [
        one.number for one in turn.facts.tickets if one.is_open and not one.phone and one.source_key.startswith(own)
    ]
    current = turn.current()
    if current is not None:
        turn.ticket = current.model_copy(update={"asks": None if current.asks == "phone" else current.asks})
        _fill(turn, turn.ticket, {"phone": phone})
    others = [number for number in without if current is None or number != current.number]
    turn.amends += [Amend(number, {"phone": phone}, turn.key) for number in others]
    if others and current is None:
        turn.answer(turn.ask.say("added", ticket=others[0]), once=f"added-{others[0]}")


def _fill(turn: Turn, current: Current, fields: Mapping[str, object]) -> None:
    """Fill what is not known of the ticket, and ask for the place when that was still to be asked."""
    turn.belongs(current)
    turn.amends.append(Amend(current.number, fields, turn.key))
    known = known_of(turn.known_ticket(current.number), turn.id, turn.now)
    placed = known.placed or bool(fields.keys() & {"district", "state"})
    asked = current.asks in ("place", "which", "division", "district", "outside", "stranded")
    if not placed and not asked and "phone" in fields:
        turn.about_ticket(turn.ask.place(), asks="place")
    else:
        turn.added(current.number, answered=True)


def _numbers(contacts: object) -> Iterator[str]:
    for contact in contacts if isinstance(contacts, list | tuple) else ():
        phones = contact.get("phones") if isinstance(contact, dict) else None
        for phone in phones if isinstance(phones, list | tuple) else [phones]:
            for name in ("phone", "wa_id"):
                text = phone.get(name) if isinstance(phone, dict) else None
                if not isinstance(text, str):
                    continue
                number = normalise(f"+{text}" if name == "wa_id" else text)
                if number.e164:
                    yield number.e164


def _origin(contacts: object) -> object:
    first = contacts[0] if isinstance(contacts, list | tuple) and contacts else None
    return first.get("origin") if isinstance(first, dict) else None


def _degrees(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None

"""Reads the body of a webhook: messages, reports of our own messages, and whatever is neither."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from router.intake.whatsapp.webhook.messages import read_content
from router.model.messaging.outgoing import DELIVERED, FAILED, READ, SENT, DeliveryReport
from router.model.messaging.person import NAME_LIMIT, Contact
from router.outside_text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_ITEMS: Final = 1000
"""Messages and reports in one body: as many as Meta gathers into one (webhooks, batches of up to 1,000 updates)."""
MAX_DEPTH: Final = 32
"""Of objects and lists within each other; real bodies have about 12."""
RETRIED: Final = timedelta(days=8)
"""Meta delivers again for seven days; what is older is no delivery, but somebody's copy of one."""

_STATES: Final = {"sent": SENT, "delivered": DELIVERED, "read": READ, "played": READ, "failed": FAILED}
_ID = re.compile(r"[!-~]{1,200}", re.ASCII)  # Meta's have some eighty characters; keys are made of them
_NUMBER = re.compile(r"[1-9][0-9]{4,14}", re.ASCII)
_USER_ID = re.compile(r"[A-Z]{2}\.[!-~]{1,180}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class Arrival(NamedTuple):
    """A message as it came.

    Attributes:
        contact: Who sent it.
        wamid: WhatsApp's id of it.
        sent: By its own time stamp.
        kind: Of `router.intake.whatsapp.webhook.messages`.
        content: What was read of it.
        raw: The JSON of it.
        stale: Whether it is older than Meta would deliver.
        previous: What the person was called before, when the message says that this has changed; the likeliest first.
    """

    contact: Contact
    wamid: str
    sent: datetime
    kind: str
    content: Mapping[str, object]
    raw: str
    stale: bool
    previous: tuple[Contact, ...] = ()


@dataclass(slots=True)
class Delivery:
    """What a body holds.

    Attributes:
        arrivals: Messages.
        reports: What became of messages of ours.
        kept: Why the body is to be kept as it is; empty: everything in it was read.
        other_account: Whether something in it is for an account that is not ours.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    reports: list[DeliveryReport] = field(default_factory=list)
    kept: str = ""
    other_account: bool = False

    def keep(self, reason: str) -> None:
        """Have the body kept; the first reason stands."""
        self.kept = self.kept or reason


def read_delivery(body: bytes, accounts: frozenset[str], now: datetime) -> Delivery:
    """Return what a body holds; never raises, whatever it is.

    Args:
        body: Signed.
        accounts: Of which its signature may speak.
        now: When it came.
    """
    found = Delivery()
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):  # ValueError: also of bytes that are no UTF-8, and of endless numbers
        found.keep("no JSON")
        return found
    if not _is_flat(document, MAX_DEPTH):
        found.keep("too deep")
    elif not isinstance(document, dict) or document.get("object") != "whatsapp_business_account":
        found.keep("not of WhatsApp")
    else:
        for value in _values(document, found):
            _read_value(value, found, accounts, now)
            if len(found.arrivals) + len(found.reports) > MOST_ITEMS:
                return Delivery(kept="too many items")
        if not found.arrivals and not found.reports:
            found.keep("nothing in it")
    return found


def _values(document: Mapping[str, Any], found: Delivery) -> Iterator[Mapping[str, Any]]:
    for entry in _dicts(document.get("entry"), found):
        for change in _dicts(entry.get("changes"), found):
            value = change.get("value")
            if change.get("field") != "messages":
                found.keep("another field")
            elif not isinstance(value, dict):
                found.keep("no value")
            else:
                yield value


def _read_value(value: Mapping[str, Any], found: Delivery, accounts: frozenset[str], now: datetime) -> None:
    metadata = value.get("metadata")
    account = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
    if not isinstance(account, str) or account not in accounts:
        found.other_account = True
        found.keep("another account")
        return
    messages = _dicts(value.get("messages", []), found)
    statuses = _dicts(value.get("statuses", []), found)
    contacts = _dicts(value.get("contacts", []), found)
    if value.get("errors") or not (messages or statuses):
        found.keep("errors" if value.get("errors") else "no message")
    for message in messages:
        arrival = _arrival(message, contacts, account, now)
        if arrival is None:
            found.keep("not a message")
        else:
            found.arrivals.append(arrival)
    for status in statuses:
        report = _report(status)
        if report is None:
            found.keep("not a status")
        else:
            found.reports.append(report)


def _arrival(
    message: Mapping[str, Any], contacts: list[Mapping[str, Any]], account: str, now: datetime
) -> Arrival | None:
    wamid = _matching(_ID, message.get("id"))
    number = _matching(_NUMBER, message.get("from"))
    user = _matching(_USER_ID, message.get("from_user_id"))
    profile = _profile(contacts, number, user)
    user = user or _matching(_USER_ID, profile.get("user_id"))
    number = number or _matching(_NUMBER, profile.get("wa_id"))
    if not wamid or not (number or user):
        return None
    sent = _moment(message.get("timestamp"), now)
    kind, content = read_content(message)
    name = _name(profile)
    contact = _contact(account, user, number, name)
    previous: tuple[Contact, ...] = ()
    if kind == "system":
        contact, previous = _changed(account, contact, content["system"])
    raw = json.dumps(message)  # ASCII: half of a pair of surrogates could not be stored otherwise
    return Arrival(contact, wamid, min(sent, now), kind, content, raw, now - sent > RETRIED, previous)


def _changed(account: str, sender: Contact, system: Any) -> tuple[Contact, tuple[Contact, ...]]:
    """Return who a person is now, and what they may have been known as until now.

    Of a new number, ``from`` is the old one; of a new user id the previous one is told, or the sender's is it.
    """
    number = _matching(_NUMBER, system.get("wa_id") or system.get("new_wa_id"))
    user = _matching(_USER_ID, system.get("user_id"))
    if not (number or user):
        return sender, ()
    old_user = _matching(_USER_ID, system.get("previous_user_id"))
    old_number = _matching(_NUMBER, system.get("customer"))
    names = [_contact(account, one, None) for one in (old_user,) if one and one != user]
    if sender.user != user:
        names.append(sender)
    elif sender.phone is not None:
        names.append(_contact(account, "", sender.phone.removeprefix("+")))
    if old_number:
        names.append(_contact(account, "", old_number))
    kept_user = user or (sender.user if _USER_ID.fullmatch(sender.user) else "")
    return _contact(account, kept_user, number, sender.name), tuple(names)


def _contact(account: str, user: str, number: str | None, name: str = "") -> Contact:
    return Contact("whatsapp", account, user or number or "", f"+{number}" if number else None, name)


def _profile(contacts: list[Mapping[str, Any]], number: str, user: str) -> Mapping[str, Any]:
    for contact in contacts:
        if (user and contact.get("user_id") == user) or (number and contact.get("wa_id") == number):
            return contact
    return contacts[0] if len(contacts) == 1 and not (number or user) else {}


def _name(contact: Mapping[str, Any]) -> str:
    profile = contact.get("profile")
    name = profile.get("name") if isinstance(profile, dict) else None
    if not isinstance(name, str):
        return ""
    whole = name[: NAME_LIMIT * 4].encode("utf-8", "replace").decode()
    return " ".join(clean(whole).split())[:NAME_LIMIT]


def _report(status: Mapping[str, Any]) -> DeliveryReport | None:
    wamid, state = _matching(_ID, status.get("id")), status.get("status")
    if not wamid or not isinstance(state, str) or state not in _STATES:
        return None
    return DeliveryReport("whatsapp", wamid, _STATES[state], _error(status.get("errors")))


def _error(errors: Any) -> str:
    """Return the code of the first error, and its title: neither is the citizen's."""
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return ""
    code, title = first.get("code"), first.get("title")
    words = clean(title[:100].encode("utf-8", "replace").decode()) if isinstance(title, str) else ""
    return f"{code} {words}".strip() if isinstance(code, int) and code < 10**9 else words


def _moment(stamp: Any, now: datetime) -> datetime:
    """Return the moment of a time stamp, seconds since 1970; of one that is none, when the message came."""
    text = str(stamp) if isinstance(stamp, str | int) and not isinstance(stamp, bool) else ""
    if not _SECONDS.fullmatch(text):
        return now
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError):
        return now


def _matching(pattern: re.Pattern[str], text: Any) -> str:
    return text if isinstance(text, str) and pattern.fullmatch(text) else ""


def _dicts(items: Any, found: Delivery) -> list[Mapping[str, Any]]:
    """Return the objects of a list; anything else has the body kept."""
    if not isinstance(items, list):
        found.keep("another shape")
        return []
    objects: list[Mapping[str, Any]] = [item for item in items if isinstance(item, dict)]
    if len(objects) != len(items):
        found.keep("another shape")
    return objects


def _is_flat(document: Any, depth: int) -> bool:
    """Whether objects and lists lie within each other no deeper than this; without recursion, a level at a time."""
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return not level

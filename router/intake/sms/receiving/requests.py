"""Reads what the provider posts: fields of a form or of an address, JSON, JSON within a field; lists of several."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qsl

from router.errors import WarroomError
from router.india import INDIA
from router.intake.sms.provider.paths import each, text_at
from router.outside_text import clean

if TYPE_CHECKING:
    from starlette.requests import Request

    from router.intake.sms.provider.schema import Incoming, Report, States

MAX_BODY: Final = 256 * 1024
"""Bytes: a hundred reports of 2 KiB."""
BODY_TIMEOUT_S: Final = 10.0
MAX_FIELDS: Final = 200
MAX_TEXT: Final = 2000
"""Characters of a text that are kept: ten parts and more."""
_MAX_ID: Final = 100
_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_MAX_AGE: Final = timedelta(days=30)
_AHEAD: Final = timedelta(minutes=10)


class UnreadableRequestError(WarroomError):
    """It cannot be read; the text says why."""


class ProviderRequest(NamedTuple):
    """A request as it came.

    Attributes:
        query: Fields of the address.
        form: Fields of the body, when that is a form.
        body: The bytes.
    """

    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    body: bytes


class StateReport(NamedTuple):
    """What is reported of a message; ``state`` is one of ours."""

    provider_id: str
    reference: str
    state: str
    error: str


class Text(NamedTuple):
    """A message of a citizen: the number as the provider writes it."""

    provider_id: str
    number: str
    text: str
    sent: datetime


async def read_request(request: Request) -> ProviderRequest:
    """Return a request with its body.

    Raises:
        UnreadableRequestError: too large, too slow, or too many fields.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY:
                    raise UnreadableRequestError(f"the body is larger than {MAX_BODY} bytes")
    except TimeoutError:
        raise UnreadableRequestError("the body did not come in time") from None
    form_type = "form" in request.headers.get("content-type", "form")
    try:
        query = parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        text = body.decode("utf-8", "replace") if form_type else ""
        form = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise UnreadableRequestError(f"more than {MAX_FIELDS} fields") from None
    return ProviderRequest(tuple(query), tuple(form), bytes(body))


def reports_in(request: ProviderRequest, names: Report, states: States) -> list[StateReport]:
    """Return the reports of a request; of words that are mapped to no state, none.

    Raises:
        UnreadableRequestError: it is of another form.
    """
    found = []
    for one in each(_value_of(request, names), names.items):
        state = states.of(text_at(one, names.state))
        provider_id, reference = (clean(text_at(one, path))[:_MAX_ID] for path in (names.id, names.reference))
        if state is not None and (provider_id or reference):
            found.append(StateReport(provider_id, reference, state, clean(text_at(one, names.error))[:_MAX_ID]))
    return found


def texts_in(request: ProviderRequest, names: Incoming, now: datetime) -> list[Text]:
    """Return the messages of citizens in a request.

    Raises:
        UnreadableRequestError: it is of another form.
    """
    found = []
    for one in each(_value_of(request, names), names.items):
        number, text = text_at(one, names.number).strip(), clean(text_at(one, names.text))[:MAX_TEXT]
        if number:
            sent = moment_of(text_at(one, names.time), names.time_form, now)
            given = text_at(one, names.id) or text_at(one, names.time)
            found.append(Text(_own_id(names, given, number, text), number, text, sent))
    return found


def moment_of(text: str, form: str, now: datetime) -> datetime:
    """Return the moment that a provider names; now for one that cannot be, or be right.

    Args:
        text: As it came.
        form: ``unix`` (seconds), ``milliseconds``, ``iso``, or as `datetime.strptime` has it; India's without a zone.
        now: Aware, UTC.
    """
    try:
        if form in ("unix", "milliseconds"):
            at = datetime.fromtimestamp(float(text) / (1000 if form == "milliseconds" else 1), UTC)
        else:
            at = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
            at = (at if at.tzinfo else at.replace(tzinfo=INDIA)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return at if now - _MAX_AGE < at < now + _AHEAD else now


def _own_id(names: Incoming, given: str, number: str, text: str) -> str:
    """The provider's id of a message; of one without an id, a digest of what a repetition has in common."""
    if names.id and _ID.fullmatch(given):
        return given
    return hashlib.sha256(f"{given}\n{number}\n{text}".encode()).hexdigest()


def _value_of(request: ProviderRequest, names: Report | Incoming) -> Any:
    fields = {**dict(request.query), **dict(request.form)}
    if names.format == "form" and not names.field:
        return fields
    raw: str | bytes = fields.get(names.field, "") if names.field else request.body
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableRequestError("no JSON where the map has some") from None
    # What stands in the address belongs to a single report too: a reference that we gave along.
    return {**dict(request.query), **value} if isinstance(value, dict) else value

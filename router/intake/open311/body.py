"""The body of a POST: form-encoded as the standard has it, or the same fields as JSON; small, and sent in time."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from router.intake.open311.answers import Problem
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from starlette.requests import Request

_BYTES = 64 * 1024  # 4000 characters of Devanagari, each nine bytes when form-encoded, and the other fields
_FIELDS = 100
_LIMIT_S = 10.0  # 64 KiB over the slowest mobile line; a client that takes longer only holds a connection
_SPACES = frozenset("\n\r\t")


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a request's body, by name; attributes as ``attribute[code]``.

    Raises:
        Problem: 408 too slow, 413 too large, 415 neither form nor JSON, 400 it cannot be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "application/json"):
        raise Problem(415, "send the fields as application/x-www-form-urlencoded, or as application/json")
    body = await _read(request)
    try:
        fields = _from_json(body) if kind == "application/json" else _from_form(body)
    except (ValueError, RecursionError):
        raise Problem(400, f"the body is not {kind} in UTF-8 with at most {_FIELDS} fields of text") from None
    for name, text in fields.items():
        if not _is_text(name) or not _is_text(text):
            raise Problem(400, "a field holds control characters: send plain text")
    return {name: text.strip() for name, text in fields.items() if text.strip()}


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_LIMIT_S):
            async for part in request.stream():
                body += part
                if len(body) > _BYTES:
                    raise Problem(413, f"the body is larger than {_BYTES} bytes", headers={"connection": "close"})
    except TimeoutError:
        raise Problem(408, f"the body did not come within {_LIMIT_S:.0f} s", headers={"connection": "close"}) from None
    return bytes(body)


def _from_form(body: bytes) -> dict[str, str]:
    text = body.decode("utf-8")
    fields = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS))
    if fields.get("phone", "").startswith(" "):
        fields["phone"] = _with_plus(fields["phone"])
    return fields


def _with_plus(phone: str) -> str:
    """Return a number that begins with a blank, which in a form is a + that the client has not escaped.

    Raises:
        Problem: 400, it would be another number with a + than without.
    """
    abroad, here = normalise(f"+{phone.strip()}"), normalise(phone)
    if abroad.e164 and here.e164 and abroad.e164 != here.e164:
        raise Problem(400, "phone: begins with a blank: send + as %2B")
    return f"+{phone.strip()}" if abroad.e164 else phone


def _from_json(body: bytes) -> dict[str, str]:
    data = json.loads(body)
    if not isinstance(data, dict) or not isinstance(data.get("attribute", {}), dict):
        raise ValueError("not an object")  # noqa: TRY004 - what json.loads raises too
    flat = {key: value for key, value in data.items() if key != "attribute" and value is not None}
    flat |= {f"attribute[{code}]": value for code, value in data.get("attribute", {}).items() if value is not None}
    if len(flat) > _FIELDS:
        raise ValueError("too many fields")
    return {key: _plain(value) for key, value in flat.items()}


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError("not a plain value")


def _is_text(text: str) -> bool:
    """Whether it is what people write: no control characters but those of lines, no halves of characters."""
    return all(c in _SPACES or unicodedata.category(c) not in ("Cc", "Cs") for c in text)

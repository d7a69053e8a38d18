"""Fields of a request body as name and text, in the order sent and as often as sent: forms and JSON.

Those of a form in parts are read by `router.intake.open311.multipart`.
"""

from __future__ import annotations

import codecs
from email.message import Message
from typing import Final, NoReturn
from urllib.parse import parse_qsl

from router.intake.open311.responses import Open311Error
from router.phone_numbers import normalise
from router.strict_json import DuplicateNameError, read_json

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
JSON: Final = "application/json"

MAX_FIELDS: Final = 100

Pairs = list[tuple[str, str]]

_CHARSETS = {"utf-8": "utf-8-sig", "ascii": "utf-8-sig", "iso8859-1": "cp1252", "cp1252": "cp1252"}
"""How each charset is read, by Python's name for it. Programs that say ISO-8859-1 mean windows-1252 (WHATWG Encoding,
4.2); ASCII is a part of UTF-8, and some that say it send the whole."""


def pairs_of(body: bytes, content_type: str) -> Pairs:
    """Return the fields of a body that is a form without parts, or JSON.

    Args:
        body: As sent.
        content_type: The header.

    Raises:
        Open311Error: 400 it cannot be read, 415 in a charset that is not taken.
    """
    header = parsed(content_type)
    kind, charset = header.get_content_type(), str(header.get_param("charset", "utf-8"))
    try:
        found = _from_json(decoded(body, charset)) if kind == JSON else _from_form(body, charset)
    except DuplicateNameError as name:
        raise Open311Error(400, f"{name}: comes twice") from None
    except (ValueError, RecursionError):
        raise Open311Error(400, f"the body is not {kind} with at most {MAX_FIELDS} fields") from None
    if len(found) > MAX_FIELDS:
        raise Open311Error(400, f"the body has more than {MAX_FIELDS} fields")
    return found


def parsed(content_type: str) -> Message:
    """Return a Content-Type header, parsed; ``text/plain`` when it is none."""
    header = Message()
    header["content-type"] = content_type
    return header


def decoded(data: bytes, charset: str) -> str:
    """Return a text in a charset. Raises Open311Error: 400 or 415, it is not taken, or is not what the bytes are in."""
    try:
        name = codecs.lookup(charset).name
        codec = _CHARSETS[name]
    except (LookupError, ValueError):
        raise Open311Error(415, "charset: not taken here; send UTF-8, and say charset=utf-8") from None
    if codec == "cp1252" and not data.isascii() and _is_utf8(data):
        raise Open311Error(400, f"charset: the body says {name} and is UTF-8; say charset=utf-8")
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise Open311Error(400, f"the body is not in {'UTF-8' if codec == 'utf-8-sig' else name}, as it says") from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _from_form(body: bytes, charset: str) -> Pairs:
    """Read a form (WHATWG URL, 5.1); as Latin-1 each of its bytes, escaped or not, is one character."""
    found = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MAX_FIELDS)
    read = ((decoded(a.encode("latin-1"), charset), decoded(b.encode("latin-1"), charset)) for a, b in found)
    return [(name, _with_plus(text) if name == "phone" and text.startswith(" ") else text) for name, text in read]


def _with_plus(phone: str) -> str:
    """Return a number that begins with a blank, which in a form is a + that the client has not escaped.

    Raises:
        Open311Error: 400, it would be another number with a + than without.
    """
    abroad, here = normalise(f"+{phone.strip()}"), normalise(phone)
    if abroad.e164 and here.e164 and abroad.e164 != here.e164:
        raise Open311Error(400, "phone: begins with a blank: send + as %2B")
    return f"+{phone.strip()}" if abroad.e164 else phone


def _from_json(text: str) -> Pairs:
    data = read_json(text)
    if not isinstance(data, dict):
        _expected("the body", "an object")
    attributes = data.pop("attribute", None) or {}
    if not isinstance(attributes, dict):
        _expected("attribute", "an object of codes and values")
    named = [*data.items(), *((f"attribute[{code}]", value) for code, value in attributes.items())]
    return [(name, _plain(name, one)) for name, value in named for one in _each(name, value)]


def _each(name: str, value: object) -> list[object]:
    """A list stands for a field that is sent several times, which pictures alone may be."""
    if isinstance(value, list):
        return value if name.startswith("media_url") else _expected(name, "one value, and no list")
    return [] if value is None else [value]


def _plain(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float):
        _expected(name, "text, a number, true or false")
    return str(value)


def _expected(name: str, what: str) -> NoReturn:
    raise Open311Error(400, f"{name}: expected {what}")

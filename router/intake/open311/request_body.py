"""Reads the body of a POST: a form as in the standard, or JSON; bounded in size and time."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from router.intake.open311.pairs import FORM, JSON, MULTIPART, pairs_of, parsed
from router.intake.open311.responses import Open311Error
from router.outside_text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

_BYTES = 64 * 1024  # 4000 characters of Devanagari, each nine bytes when form-encoded, and the other fields
_TIMEOUT_S = 10.0  # 64 KiB over the slowest mobile line; a client that takes longer only holds a connection
_SPACES = frozenset("\n\r\t")
_MEDIA = re.compile(r"media_url(\[[0-9]{0,3}\])?", re.ASCII)
_MAX_NAME_CHARS = 100  # characters of a field's name that an answer repeats
_ACCEPTED_TYPES = ", ".join((JSON, FORM, MULTIPART))


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a request's body, by name; attributes as ``attribute[code]``.

    The one field that may come several times is ``media_url``, also as ``media_url[]``: one address a line.

    Raises:
        Open311Error: 408 too slow, 413 too large, 415 not of a kind that is taken, 400 it cannot be read or is cut off.
    """
    content_type = one_header(request, "content-type") or ""
    if parsed(content_type).get_content_type() not in (FORM, JSON, MULTIPART):
        # Accept: RFC 9110, 12.5.1; Accept-Post: W3C Linked Data Platform, 7.1
        raise Open311Error(
            415,
            f"send the fields as one of {_ACCEPTED_TYPES}",
            headers={"accept-post": _ACCEPTED_TYPES, "accept": _ACCEPTED_TYPES},
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Open311Error(415, "send the body as it is, not compressed", headers={"accept-encoding": "identity"})
    found = pairs_of(await _read(request), content_type)
    for name, text in found:
        if not _is_text(name) or not _is_text(text):
            raise Open311Error(400, f"{_shown(name)}: holds control characters: send plain text")
    pairs = [("media_url" if _MEDIA.fullmatch(name) else name, clean(text)) for name, text in found]
    fields = once(pairs, several=("media_url",))
    media = dict.fromkeys(text for name, text in pairs if name == "media_url" and text)
    return {name: text for name, text in {**fields, "media_url": "\n".join(media)}.items() if text}


def once(pairs: Iterable[tuple[str, str]], *, several: Iterable[str] = ()) -> dict[str, str]:
    """Return fields or parameters by name: none of them is to win over another of its name in silence.

    Raises:
        Open311Error: 400, with each name that comes twice and may not.
    """
    found: dict[str, str] = {}
    twice = []
    for name, text in pairs:
        if name in found and name not in several:
            twice.append(f"{_shown(name)}: comes twice; send it once")
        found[name] = text
    if twice:
        raise Open311Error(400, *dict.fromkeys(twice))
    return found


def one_header(request: Request, name: str) -> str | None:
    """Return a header, None when it was not sent.

    Raises:
        Open311Error: 400, it was sent twice.
    """
    found = request.headers.getlist(name)
    if len(found) > 1:
        raise Open311Error(400, f"{name}: the header comes twice; send it once")
    return found[0] if found else None


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            async for part in request.stream():
                body += part
                if len(body) > _BYTES:
                    raise Open311Error(413, f"the body is larger than {_BYTES} bytes", headers={"connection": "close"})
    except TimeoutError:
        raise Open311Error(
            408, f"the body did not come within {_TIMEOUT_S:.0f} s", headers={"connection": "close"}
        ) from None
    except ClientDisconnect:  # no fault of ours, nor worth a page of the log for each client that hangs up
        raise Open311Error(400, "the body is not whole") from None
    return bytes(body)


def _is_text(text: str) -> bool:
    """Whether it is normal text: no control characters but those of lines, no surrogates."""
    return all(c in _SPACES or unicodedata.category(c) not in ("Cc", "Cs") for c in text)


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:_MAX_NAME_CHARS] or "(a field without a name)"

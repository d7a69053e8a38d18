"""Reads the body of a POST: a form as in the standard, with files or without, or JSON; bounded in size and time."""

from __future__ import annotations

import asyncio
import contextlib
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple, Protocol

from starlette.requests import ClientDisconnect

from router.intake.open311.multipart import MAX_BODY_BYTES, MultipartReader
from router.intake.open311.pairs import FORM, JSON, MAX_FIELDS, MULTIPART, pairs_of, parsed
from router.intake.open311.responses import Open311Error
from router.outside_text import clean

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterable, Mapping, Sequence

    from starlette.requests import Request

    from router.intake.open311.multipart import SentFile
    from router.intake.open311.pairs import Pairs
    from router.storage.repositories.api_key_repository import ApiKey

    _Stream = AsyncGenerator[bytes, None]

_BYTES = 64 * 1024  # 4000 characters of Devanagari, each nine bytes when form-encoded, and the other fields
_TIMEOUT_S = 10.0  # 64 KiB over the slowest mobile line; a client that takes longer only holds a connection
_FILES_TIMEOUT_S = 60.0  # five pictures of 5 MB by a line of 4 Mbit/s
_BEFORE_FILES = ("api_key", "jurisdiction_id")  # who they are from decides whether files are read at all
_SPACES = frozenset("\n\r\t")
_MEDIA = re.compile(r"media_url(\[[0-9]{0,3}\])?", re.ASCII)
_MAX_NAME_CHARS = 100  # characters of a field's name that an answer repeats
_ACCEPTED_TYPES = ", ".join((JSON, FORM, MULTIPART))


class Form(NamedTuple):
    """What a POST says.

    Attributes:
        fields: By name; attributes as ``attribute[code]``.
        key: Of the client.
        files: Sent along.
    """

    fields: dict[str, str]
    key: ApiKey
    files: Sequence[SentFile] = ()


class Admit(Protocol):
    """Lets a client in, or raises Open311Error."""

    def __call__(self, fields: Mapping[str, str], *, with_files: bool) -> Awaitable[ApiKey]:
        """Return the key of a request that has these fields so far; called once, before a file is read."""


async def read_form(request: Request, admit: Admit) -> Form:
    """Return the fields of a request's body, and its files.

    The one field that may come several times is ``media_url``, also as ``media_url[]``: one address a line.

    Raises:
        Open311Error: 408 too slow, 413 too large, 415 not of a kind that is taken, 400 it cannot be read or is cut off;
            and what ``admit`` raises.
    """
    content_type = one_header(request, "content-type") or ""
    kind = parsed(content_type).get_content_type()
    if kind not in (FORM, JSON, MULTIPART):
        # Accept: RFC 9110, 12.5.1; Accept-Post: W3C Linked Data Platform, 7.1
        raise Open311Error(
            415,
            f"send the fields as one of {_ACCEPTED_TYPES}",
            headers={"accept-post": _ACCEPTED_TYPES, "accept": _ACCEPTED_TYPES},
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Open311Error(415, "send the body as it is, not compressed", headers={"accept-encoding": "identity"})
    if kind == MULTIPART:
        return await _read_parts(request, content_type, admit)
    body, stream = bytearray(), request.stream()
    async for piece in _pieces(stream, _TIMEOUT_S):
        body += piece
        if len(body) > _BYTES:
            raise Open311Error(413, f"the body is larger than {_BYTES} bytes", headers={"connection": "close"})
    fields = _fields(pairs_of(bytes(body), content_type))
    return Form(fields, await admit(fields, with_files=False))


async def _read_parts(request: Request, content_type: str, admit: Admit) -> Form:
    """Read a form in parts; a client is let in before its files are read."""
    stream = request.stream()
    try:
        reader = MultipartReader(content_type)
        early, key = await _until_file(stream, reader, admit)
        async for piece in _pieces(stream, _FILES_TIMEOUT_S):
            reader.feed(piece)
        reader.finish()
    except ValueError:
        await _drain(stream)
        raise Open311Error(400, f"the body is not {MULTIPART} with at most {MAX_FIELDS} fields") from None
    except Open311Error:
        await _drain(stream)
        raise
    fields = _fields(reader.pairs)
    for name in _BEFORE_FILES:
        if fields.get(name) != early.get(name):
            raise Open311Error(400, f"{name}: stands behind a file; send it before the files, or the key as X-Api-Key")
    return Form(fields, key, reader.files)


async def _until_file(stream: _Stream, reader: MultipartReader, admit: Admit) -> tuple[dict[str, str], ApiKey]:
    """Read a form up to its first file or its end; return the fields that came, and the key of the client."""
    async for piece in _pieces(stream, _TIMEOUT_S):
        reader.feed(piece)
        if reader.has_file:
            break
    else:
        reader.finish()
    early = _fields(reader.pairs)
    return early, await admit(early, with_files=reader.has_file)


async def _drain(stream: _Stream) -> None:
    """Read what else comes of a body that is refused: a client that still sends would not read why."""
    left = MAX_BODY_BYTES
    with contextlib.suppress(Open311Error):
        async for piece in _pieces(stream, _TIMEOUT_S):
            left -= len(piece)
            if left < 0:
                return


def _fields(found: Pairs) -> dict[str, str]:
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


async def _pieces(stream: _Stream, limit_s: float) -> AsyncIterator[bytes]:
    """Yield a body as it comes, from where it was left."""
    until = asyncio.get_running_loop().time() + limit_s
    while True:
        try:
            async with asyncio.timeout_at(until):
                piece = await anext(stream, None)
        except TimeoutError:
            raise Open311Error(
                408, f"the body did not come within {limit_s:.0f} s", headers={"connection": "close"}
            ) from None
        except ClientDisconnect:  # no fault of ours, nor worth a page of the log for each client that hangs up
            raise Open311Error(400, "the body is not whole") from None
        if piece is None:
            return
        yield piece


def _is_text(text: str) -> bool:
    """Whether it is normal text: no control characters but those of lines, no surrogates."""
    return all(c in _SPACES or unicodedata.category(c) not in ("Cc", "Cs") for c in text)


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:_MAX_NAME_CHARS] or "(a field without a name)"

"""Forms that pages without a script send."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException

from board.accounts.cookies import is_from_us

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.requests import Request

MAX_BYTES: Final = 8 * 1024
"""Of a form: a password of the greatest length, each of its characters written as nine."""
TIMEOUT_S: Final = 10.0
"""From a form's first byte to its last, as the proxy has it: who sends none must not hold a connection."""
_MAX_FIELDS: Final = 20
_FORM: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request, origins: Collection[str]) -> Mapping[str, str]:
    """Return the fields of a form that a page of ours has sent.

    Raises:
        HTTPException: It comes from elsewhere, is too long or too slow, or is no form.
    """
    if not is_from_us(request, origins):
        raise HTTPException(403, "this form was not sent from a page of ours")
    if request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise HTTPException(415, "this is no form")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            body = await _body(request)
    except TimeoutError:
        raise HTTPException(408, "this form did not come in time") from None
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise HTTPException(400, "this form cannot be read") from None
    if any("\0" in values[0] for values in fields.values()):
        raise HTTPException(400, "this form cannot be read")  # PostgreSQL takes no such text
    return {name: values[0] for name, values in fields.items()}


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise HTTPException(413, "this form is too long")
    return bytes(body)


def local_path(path: str) -> str:
    """Return a path of ours that somebody is to be led to; another address, or none, leads to the home page."""
    is_ours = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if is_ours else "/"

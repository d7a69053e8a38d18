"""Cookies of sessions and walls, and the check of who sent a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import HTTPConnection
    from starlette.responses import Response

SESSION: Final = "warroom_session"
"""Cookie of a person's session; gone when the browser is closed."""
WALL: Final = "warroom_wall"
"""Cookie of a screen on a wall, beside which a person may sign in and out."""
WALL_COOKIE_S: Final = 400 * 24 * 3600
"""Browsers keep no cookie longer (RFC 6265bis, 5.6.1); each visit renews it."""
_SECURE: Final = frozenset({"https", "wss"})


def set_cookie(
    connection: HTTPConnection, response: Response, name: str, value: str, *, max_age: int | None = None
) -> None:
    """Have the browser keep a cookie that no script can read and no other site can have sent."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=connection.url.scheme in _SECURE,
    )


def renew_wall(connection: HTTPConnection, response: Response) -> None:
    """Have a wall's screen keep its cookie for another while."""
    set_cookie(connection, response, WALL, connection.cookies.get(WALL, ""), max_age=WALL_COOKIE_S)


def delete_cookie(connection: HTTPConnection, response: Response, name: str) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(name, httponly=True, samesite="strict", secure=connection.url.scheme in _SECURE)


def is_from_us(connection: HTTPConnection, origins: Collection[str]) -> bool:
    """Tell whether a POST or the opening of a WebSocket comes from a page of ours.

    Every browser of today sends ``Origin`` with both. One without is none of ours: a program has no session.

    Args:
        connection: The request.
        origins: Public addresses of ours, beside the one that it was sent to.
    """
    origin = connection.headers.get("origin", "")
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    if origin in origins:
        return True
    parts = urlsplit(origin)
    secure = connection.url.scheme in _SECURE
    return bool(parts.netloc) and parts.scheme == ("https" if secure else "http") and parts.netloc == _host(connection)


def _host(connection: HTTPConnection) -> str:
    return connection.headers.get("host", "").lower()


def address_of(connection: HTTPConnection) -> str:
    """Return the network address a request came from; behind a trusted proxy the one it names."""
    return connection.client.host if connection.client else ""

"""The application of the screens, made of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from board.security_headers import SecurityHeaders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import APIRouter, Request, Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from board.pages import Templates

_TITLES: Final = {
    403: ("This is not for you to see", "आप को यह देखने की अनुमति नहीं है"),
    404: ("There is no such page", "ऐसा कोई पृष्ठ नहीं है"),
    500: ("This could not be done; the fault is in our log", "यह नहीं हो सका; गड़बड़ी हमारे लॉग में दर्ज है"),
}
_API: Final = "/api/"


class HasRouter(Protocol):
    """What answers requests."""

    def router(self) -> APIRouter:
        """Return its paths, each with its handler."""
        ...


def make_app(parts: Iterable[HasRouter], templates: Templates) -> ASGIApp:
    """Return the application.

    Args:
        parts: Whose paths it serves.
        templates: For pages about errors.
    """
    app = FastAPI(title="warroom screens", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        return _answer(request, error.status_code, str(error.detail))

    async def failed(request: Request, _: Exception) -> Response:
        """Answer for a fault of ours; the server logs it."""
        return _answer(request, 500, "this could not be done; the fault is in our log")

    def _answer(request: Request, status: int, detail: str) -> Response:
        if request.url.path.startswith(_API):
            return JSONResponse({"code": status, "detail": detail}, status)
        en, hi = _TITLES.get(status, (detail, detail))
        title = hi if request.cookies.get("lang", "hi") == "hi" else en
        return templates.page(request, "error.html", status=status, title=title)

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, failed)
    for part in parts:
        app.include_router(part.router())
    return SecurityHeaders(_WithoutNul(app))


class _WithoutNul:
    """Answers no address with a NUL in it: PostgreSQL takes no such text, and nobody has anything of such a name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            await PlainTextResponse("there is no such address", 404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

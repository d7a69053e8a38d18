"""Sign-in, sign-out and one's own account, as pages that need no script; the first visit of a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotation)
from starlette.responses import RedirectResponse, Response

from board.accounts import cookies
from board.accounts.audit import AuditUnavailableError
from board.accounts.browser_name import browser_name
from board.accounts.forms import local_path, read_form
from board.accounts.identity import Role
from board.accounts.passwords import MIN_CHARS, PasswordError, TooBusyError
from board.accounts.permissions import Action, may
from board.accounts.sign_in import Refused
from router.india import local
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection

    from board.accounts.audit import Audit
    from board.accounts.identity import Identity
    from board.accounts.sessions import Sessions
    from board.accounts.sign_in import SignIn

LANGUAGES: Final = ("hi", "en")
LANGUAGE_COOKIE: Final = "lang"
_LANGUAGE_COOKIE_S: Final = 400 * 24 * 3600
BUSY_RETRY_S: Final = 5
"""By then the sign-ins that wait are done."""
_SEE_OTHER: Final = 303
_FURTHER: Final = ("/state", "/reports", "/users")
"""Pages that somebody's own page does not lead to."""
_CANNOT: Final = (StorageUnavailableError, AuditUnavailableError)


class Templates(Protocol):
    """Makes pages."""

    def page(self, request: Request, name: str, *, status: int = 200, **values: object) -> Response:
        """Return a page in the language of the person's choice."""
        ...


class AccountRoutes:
    """The pages.

    Args:
        sessions: Who is signed in.
        sign_in: Signs people in.
        audit: Where changes are written.
        templates: Of all pages.
        origins: Public addresses of ours beside the one that a request was sent to.
        sso: What the button of the state's own sign-in service says; empty: there is none.
    """

    def __init__(
        self,
        sessions: Sessions,
        sign_in: SignIn,
        audit: Audit,
        templates: Templates,
        *,
        origins: Collection[str],
        sso: str = "",
    ) -> None:
        self._sessions = sessions
        self._sign_in = sign_in
        self._audit = audit
        self._templates = templates
        self._origins = origins
        self._sso = sso

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(include_in_schema=False)
        for path, handler, method in (
            ("/sign-in", self.show_sign_in, "GET"),
            ("/sign-in", self.sign_in, "POST"),
            ("/sign-out", self.show_sign_out, "GET"),
            ("/sign-out", self.sign_out, "POST"),
            ("/account", self.show_account, "GET"),
            ("/account/password", self.change_password, "POST"),
            ("/account/sessions", self.end_sessions, "POST"),
            ("/language/{language}", self.set_language, "GET"),
            ("/wall/{name}/begin", self.show_wall, "GET"),
            ("/wall/{name}/begin", self.begin_wall, "POST"),
        ):
            router.add_api_route(path, handler, methods=[method], response_model=None)
        return router

    async def show_sign_in(self, request: Request) -> Response:
        """Ask for name and password."""
        target = local_path(request.query_params.get("next", "/"))
        if await self._person(request):
            return RedirectResponse(target, _SEE_OTHER)
        return self._ask(request, target)

    def _ask(self, request: Request, target: str, *, status: int = 200, problem: str = "", wait_s: int = 0) -> Response:
        values = {"next": target, "problem": problem, "wait_s": wait_s, "sso": self._sso}
        answer = self._templates.page(request, "accounts/sign_in.html", status=status, **values)
        if wait_s:
            answer.headers["Retry-After"] = str(wait_s)
        return answer

    async def sign_in(self, request: Request) -> Response:
        """Sign somebody in."""
        form = await read_form(request, self._origins)
        target = local_path(form.get("next", "/"))
        try:
            result = await self._sign_in.sign_in(form.get("user", "").strip(), form.get("password", ""), request)
        except TooBusyError:
            return self._ask(request, target, status=503, problem="busy", wait_s=BUSY_RETRY_S)
        except StorageUnavailableError:
            return self._ask(request, target, status=503, problem="away")
        if isinstance(result, Refused):
            status = 429 if result.wait_s else 401
            return self._ask(request, target, status=status, problem="wrong", wait_s=result.wait_s)
        answer = RedirectResponse(target, _SEE_OTHER)
        cookies.set_cookie(request, answer, cookies.SESSION, result)
        return answer

    async def show_sign_out(self, request: Request) -> Response:
        """Ask whether to sign out: a link alone signs nobody out."""
        identity = await self._person(request)
        if identity is None:
            return _to_sign_in("/")
        return self._templates.page(request, "accounts/sign_out.html", identity=identity)

    async def sign_out(self, request: Request) -> Response:
        """Sign somebody out."""
        await read_form(request, self._origins)
        identity = await self._person(request)
        answer = _to_sign_in("/")
        if identity:
            try:
                await self._sessions.end(identity)
            except StorageUnavailableError:
                raise HTTPException(503, "not signed out: the store does not answer; try again") from None
            await self._audit.note(identity, "sign-out", target=identity.user)
        cookies.delete_cookie(request, answer, cookies.SESSION)
        return answer

    async def show_account(self, request: Request) -> Response:
        """Show one's own account and sessions."""
        identity = await self._person(request)
        return await self._account(request, identity) if identity else _to_sign_in("/account")

    async def _account(
        self, request: Request, identity: Identity, *, status: int = 200, problem: str = "", done: str = ""
    ) -> Response:
        sessions = [
            {
                "id": one.id,
                "made": f"{local(one.made):%d.%m.%Y %H:%M}",
                "seen": f"{local(one.seen):%d.%m.%Y %H:%M}",
                "address": one.address,
                "agent": browser_name(one.agent),
                "is_this": one.id == identity.session,
            }
            for one in await self._sessions.list_of(identity.user)
        ]
        pages = [path for path in (identity.home, *_FURTHER) if path == identity.home or _may_see(identity, path)]
        values: dict[str, Any] = {
            "identity": identity,
            "sessions": sessions,
            "problem": problem,
            "done": done,
            "pages": list(dict.fromkeys(pages)),
        }
        return self._templates.page(request, "accounts/account.html", status=status, min_chars=MIN_CHARS, **values)

    async def change_password(self, request: Request) -> Response:
        """Change one's own password; all other sessions end."""
        form = await read_form(request, self._origins)
        identity = await self._person(request)
        if identity is None:
            return _to_sign_in("/account")
        if form.get("new", "") != form.get("again", ""):
            return await self._account(request, identity, status=400, problem="differ")
        status, problem = 200, ""
        try:
            if not await self._sign_in.change_password(identity, form.get("old", ""), form.get("new", "")):
                status, problem = 400, "old"
        except PasswordError:
            status, problem = 400, "weak"
        except TooBusyError:
            status, problem = 503, "busy"
        except _CANNOT:
            status, problem = 503, "away"
        done = "" if problem else "password"
        return await self._account(request, identity, status=status, problem=problem, done=done)

    async def end_sessions(self, request: Request) -> Response:
        """End one of one's other sessions, or all of them."""
        form = await read_form(request, self._origins)
        identity = await self._person(request)
        if identity is None:
            return _to_sign_in("/account")
        try:
            await self._audit.record(identity, "end-sessions", target=identity.user)
            await self._sessions.end_others(identity, form.get("session", ""))
        except _CANNOT:
            return await self._account(request, identity, status=503, problem="away")
        return await self._account(request, identity, done="sessions")

    async def set_language(self, request: Request, language: str) -> Response:
        """Choose the language of all pages, and go back to the one that asked."""
        if language not in LANGUAGES:
            raise HTTPException(404)
        answer = RedirectResponse(local_path(request.query_params.get("next", "/")), _SEE_OTHER)
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_LANGUAGE_COOKIE_S, samesite="lax")
        return answer

    async def show_wall(self, request: Request, name: str) -> Response:
        """Show the way to a wall; at its first visit a button: a device token that is only looked at is not used up."""
        identity = await self._sessions.identify(request)
        if identity and identity.role is Role.WALL and identity.name == name:
            return RedirectResponse(identity.home, _SEE_OTHER)
        token = request.query_params.get("token", "")
        return self._templates.page(request, "accounts/wall.html", wall=name, token=token, problem="")

    async def begin_wall(self, request: Request, name: str) -> Response:
        """Exchange a device token for the cookie of this screen."""
        form = await read_form(request, self._origins)
        try:
            cookie = await self._sessions.exchange_wall(name, form.get("token", ""))
        except StorageUnavailableError:
            raise HTTPException(503, "the store does not answer; try again") from None
        address = cookies.address_of(request)
        if cookie is None:
            values = {"wall": name, "token": "", "problem": "token"}
            return self._templates.page(request, "accounts/wall.html", status=403, **values)
        await self._audit.note(None, "wall-begin", target=f"wall/{name}", address=address)
        answer = RedirectResponse(f"/wall/{name}", _SEE_OTHER)
        cookies.set_cookie(request, answer, cookies.WALL, cookie, max_age=cookies.WALL_COOKIE_S)
        return answer

    async def _person(self, request: Request) -> Identity | None:
        """Return the person who is signed in; a wall is none."""
        identity = await self._sessions.identify(request)
        return None if identity is None or identity.role is Role.WALL else identity


def _may_see(identity: Identity, path: str) -> bool:
    return may(identity, Action.VIEW, path.removeprefix("/"))


def _to_sign_in(target: str) -> Response:
    return RedirectResponse(f"/sign-in?next={target}", _SEE_OTHER)

"""The way to the provider, and back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotation)
from starlette.responses import RedirectResponse, Response

from board.accounts import cookies
from board.accounts.forms import local_path
from board.accounts.oidc.client import ATTEMPT_S, OidcError
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from board.accounts.audit import Audit
    from board.accounts.oidc.accounts import ProviderAccounts
    from board.accounts.oidc.client import OidcClient
    from board.accounts.routes import Templates
    from board.accounts.sessions import Sessions

CALLBACK: Final = "/sign-in/sso/callback"
_COOKIE: Final = "warroom_sso"
_PATH: Final = "/sign-in/sso"
_SEE_OTHER: Final = 303

_log = logging.getLogger(__name__)


class OidcRoutes:
    """The paths.

    Args:
        client: Talks with the provider.
        accounts: Finds the account of whom it has signed in.
        sessions: Begins their session.
        audit: Where refusals are noted.
        templates: Of all pages.
        button: What the button says.
    """

    def __init__(
        self,
        client: OidcClient,
        accounts: ProviderAccounts,
        sessions: Sessions,
        audit: Audit,
        templates: Templates,
        button: str,
    ) -> None:
        self._client = client
        self._accounts = accounts
        self._sessions = sessions
        self._audit = audit
        self._templates = templates
        self._button = button

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(_PATH, self.begin, methods=["GET"], response_model=None)
        router.add_api_route(CALLBACK, self.finish, methods=["GET"], response_model=None)
        return router

    async def begin(self, request: Request) -> Response:
        """Send a browser to the provider."""
        target = local_path(request.query_params.get("next", "/"))
        try:
            begun = await self._client.begin(target)
        except OidcError as error:
            return self._refused(request, error)
        answer = RedirectResponse(begun.location, _SEE_OTHER)
        answer.set_cookie(
            _COOKIE,
            begun.browser,
            max_age=int(ATTEMPT_S),
            path=_PATH,
            httponly=True,
            samesite="lax",  # the provider sends the browser back from its own site
            secure=request.url.scheme == "https",
        )
        return answer

    async def finish(self, request: Request) -> Response:
        """Sign somebody in whom the provider has sent back.

        The answer is a page, not a redirect: that would belong to the provider's navigation, and the browser would not
        send a cookie that is for our own site alone (RFC 6265bis, 5.2).
        """
        try:
            claims, target = await self._client.finish(request.query_params, request.cookies.get(_COOKIE, ""))
        except OidcError as error:
            return self._refused(request, error)
        try:
            token = await self._sessions.begin(await self._accounts.account_of(claims), request)
        except OidcError as error:
            await self._audit.note(None, "sign-in-refused", reason="provider", address=cookies.address_of(request))
            return self._refused(request, error)
        except StorageUnavailableError as error:
            return self._refused(request, error, problem="away")
        answer = self._templates.page(request, "accounts/signed_in.html", next=target)
        cookies.set_cookie(request, answer, cookies.SESSION, token)
        answer.delete_cookie(_COOKIE, path=_PATH)
        return answer

    def _refused(self, request: Request, error: Exception, problem: str = "sso") -> Response:
        _log.warning("sign-in by the provider: %s", error)
        values = {"next": "/", "problem": problem, "wait_s": 0, "sso": self._button}
        return self._templates.page(request, "accounts/sign_in.html", status=403, **values)

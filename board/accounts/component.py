"""All of accounts as one component: who is signed in, the audit log, and their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from board.accounts.audit import Audit
from board.accounts.oidc.accounts import ProviderAccounts
from board.accounts.oidc.client import OidcClient
from board.accounts.oidc.routes import CALLBACK, OidcRoutes
from board.accounts.passwords import Passwords
from board.accounts.routes import AccountRoutes
from board.accounts.sessions import Sessions
from board.accounts.sign_in import SignIn
from board.accounts.user_routes import UserRoutes
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from fastapi import APIRouter

    from board.accounts.oidc.settings import OidcSettings
    from board.accounts.routes import Templates
    from board.accounts.settings import AccountSettings
    from router.component import Work
    from router.storage.engine import Storage


class Provider(NamedTuple):
    """An OpenID Connect provider.

    Attributes:
        settings: With an issuer.
        secret: The client's; empty: it has none.
        origin: Our public address.
    """

    settings: OidcSettings
    secret: str
    origin: str


class AccountsComponent(Component):
    """Sign-in, sessions and the audit log.

    Args:
        storage: Opened by its own component, before this one.
        settings: How long sessions last.
        templates: Of all pages.
        origins: Public addresses of ours beside the one that a request was sent to.
        rooms: Ids of all rooms.
        provider: By which people may sign in too.

    Attributes:
        sessions: Who is signed in.
        audit: Who saw or did what.
    """

    name = "accounts"

    def __init__(
        self,
        storage: Storage,
        settings: AccountSettings,
        templates: Templates,
        origins: Collection[str],
        rooms: Collection[str],
        provider: Provider | None = None,
    ) -> None:
        self.audit = Audit(storage)
        self.sessions = Sessions(storage, settings)
        self._passwords = Passwords()
        sign_in = SignIn(storage, self._passwords, self.sessions, self.audit)
        button = provider.settings.button if provider else ""
        self._routes = AccountRoutes(self.sessions, sign_in, self.audit, templates, origins=origins, sso=button)
        self._users = UserRoutes(storage, self.sessions, templates, origins=origins, rooms=rooms)
        self._oidc = OidcClient(provider.settings, provider.secret, provider.origin + CALLBACK) if provider else None
        self._oidc_routes = (
            OidcRoutes(
                self._oidc,
                ProviderAccounts(storage, provider.settings, rooms),
                self.sessions,
                self.audit,
                templates,
                button,
            )
            if provider and self._oidc
            else None
        )

    def router(self) -> APIRouter:
        """Return the paths of the pages."""
        router = self._routes.router()
        router.include_router(self._users.router())
        if self._oidc_routes:
            router.include_router(self._oidc_routes.router())
        return router

    def background(self) -> Iterable[Work]:
        """Write what sessions were used, and what was seen."""
        return (self.sessions.run(), self.audit.run())

    async def stop(self) -> None:
        """Take no more passwords, and close what is open to the provider."""
        self._passwords.close()
        if self._oidc:
            await self._oidc.close()

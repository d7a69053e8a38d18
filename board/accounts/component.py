"""All of accounts as one component: who is signed in, the audit log, and their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from board.accounts.audit import Audit
from board.accounts.passwords import Passwords
from board.accounts.routes import AccountRoutes
from board.accounts.sessions import Sessions
from board.accounts.sign_in import SignIn
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from fastapi import APIRouter

    from board.accounts.routes import Templates
    from board.accounts.settings import AccountSettings
    from router.component import Work
    from router.storage.engine import Storage


class AccountsComponent(Component):
    """Sign-in, sessions and the audit log.

    Args:
        storage: Opened by its own component, before this one.
        settings: How long sessions last.
        templates: Of all pages.
        origins: Public addresses of ours beside the one that a request was sent to.

    Attributes:
        sessions: Who is signed in.
        audit: Who saw or did what.
    """

    name = "accounts"

    def __init__(
        self, storage: Storage, settings: AccountSettings, templates: Templates, origins: Collection[str]
    ) -> None:
        self.audit = Audit(storage)
        self.sessions = Sessions(storage, settings)
        self._passwords = Passwords()
        sign_in = SignIn(storage, self._passwords, self.sessions, self.audit)
        self._routes = AccountRoutes(self.sessions, sign_in, self.audit, templates, origins=origins)

    def router(self) -> APIRouter:
        """Return the paths of the pages."""
        return self._routes.router()

    def background(self) -> Iterable[Work]:
        """Write what sessions were used, and what was seen."""
        return (self.sessions.run(), self.audit.run())

    async def stop(self) -> None:
        """Take no more passwords."""
        self._passwords.close()

"""`/users`: accounts, as an admin changes them in a browser; what it does, `warroom users` does too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotation)
from starlette.responses import RedirectResponse, Response

from board.accounts.administration import AccountError, Administration
from board.accounts.forms import read_form
from board.accounts.identity import Role
from board.accounts.passwords import PasswordError
from board.accounts.permissions import Action, may
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from board.accounts.identity import Identity
    from board.accounts.routes import Templates
    from board.accounts.sessions import Sessions
    from router.storage.engine import Storage

VIEW: Final = "users"
_SEE_OTHER: Final = 303
_ROLES: Final = tuple(role for role in Role if role is not Role.WALL)


class UserRoutes:
    """The paths.

    Args:
        storage: Open.
        sessions: Tells who asks.
        templates: Of all pages.
        origins: Public addresses of ours beside the one that a request was sent to.
        rooms: Ids of all rooms.
    """

    def __init__(
        self,
        storage: Storage,
        sessions: Sessions,
        templates: Templates,
        *,
        origins: Collection[str],
        rooms: Collection[str],
    ) -> None:
        self._storage = storage
        self._sessions = sessions
        self._templates = templates
        self._origins = origins
        self._rooms = rooms

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/users", self.show, methods=["GET"], response_model=None)
        router.add_api_route("/users", self.change, methods=["POST"], response_model=None)
        return router

    async def show(self, request: Request) -> Response:
        """Show all accounts."""
        identity = await self._sessions.identify(request)
        if identity is None:
            return RedirectResponse("/sign-in?next=/users", _SEE_OTHER)
        if not may(identity, Action.VIEW, VIEW):
            raise HTTPException(403, "not allowed")
        return await self._page(request, identity)

    async def change(self, request: Request) -> Response:
        """Make an account, or change one."""
        form = await read_form(request, self._origins)
        identity = await self._sessions.identify(request)
        if identity is None:
            return RedirectResponse("/sign-in?next=/users", _SEE_OTHER)
        if not may(identity, Action.COMMAND, VIEW):
            raise HTTPException(403, "not allowed")
        user = form.get("user", "").strip()
        try:
            password = await self._do(Administration(self._storage, identity), form.get("action", ""), user, form)
        except (AccountError, PasswordError) as error:
            return await self._page(request, identity, status=400, problem=str(error), form=form)
        except StorageUnavailableError:
            raise HTTPException(503, "nothing was changed: the store does not answer; try again") from None
        return await self._page(request, identity, done=user, password=password)

    async def _do(self, administration: Administration, action: str, user: str, form: Mapping[str, str]) -> str:
        """Do what a button says; return a password that was made, or nothing."""
        match action:
            case "add":
                return await administration.add(
                    user,
                    form.get("role", ""),
                    name=form.get("name", "").strip(),
                    room=form.get("room") or None,
                    operator=form.get("operator", "").strip() or None,
                    rooms=self._rooms,
                )
            case "password":
                return await administration.set_password(user)
            case "disable" | "enable":
                await administration.set_disabled(user, disabled=action == "disable")
            case "end-sessions":
                await administration.end_sessions(user)
            case _:
                raise HTTPException(400, "no such action")
        return ""

    async def _page(
        self,
        request: Request,
        identity: Identity,
        *,
        status: int = 200,
        problem: str = "",
        done: str = "",
        password: str = "",
        form: Mapping[str, str] | None = None,
    ) -> Response:
        accounts, live = await self._storage.read(lambda uow: (uow.users.list_users(), uow.sessions.list_live()))
        counts = {one.user: sum(each.session.user == one.user for each in live) for one in accounts}
        values: dict[str, Any] = {
            "accounts": [(one, counts[one.user]) for one in accounts],
            "roles": _ROLES,
            "rooms": sorted(self._rooms),
            "form": form or {},
            "identity": identity,
        }
        return self._templates.page(
            request, "accounts/users.html", status=status, problem=problem, done=done, password=password, **values
        )

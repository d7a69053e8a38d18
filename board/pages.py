"""The shells of the screens: HTML with a script, a style, and what the script must know to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from board.accounts.cookies import renew_wall
from board.accounts.identity import Role
from board.accounts.permissions import Action, may
from board.live.collection import to_json

if TYPE_CHECKING:
    from collections.abc import Container

    from board.accounts.sessions import Sessions
    from board.static_files import StaticFiles

LANGUAGES: Final = ("hi", "en")
"""Of the screens; the first is the default."""
LANGUAGE_COOKIE: Final = "lang"
SIGN_IN: Final = "/sign-in"


class Templates:
    """The Jinja templates of all pages.

    Args:
        static: Where scripts and styles are.
    """

    def __init__(self, static: StaticFiles) -> None:
        self._environment = Environment(
            loader=PackageLoader("board"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["static"] = static.address
        self._environment.globals["imports"] = static.imports

    def page(self, request: Request, name: str, *, status: int = 200, **values: object) -> Response:
        """Return a page in the language of the person's choice."""
        text = self._environment.get_template(name).render(lang=language_of(request), **values)
        return Response(text, status, media_type="text/html; charset=utf-8")


def language_of(request: Request) -> str:
    """Return the language that a person has chosen."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def to_sign_in(request: Request) -> Response:
    """Return the way to the sign-in, which leads back to where somebody wanted to go."""
    return RedirectResponse(f"{SIGN_IN}?next={quote(request.url.path, safe='/')}", 303)


class Pages:
    """The screens.

    Args:
        sessions: Tells who asks.
        templates: Of all pages.
        rooms: The ids of all rooms.
    """

    def __init__(self, sessions: Sessions, templates: Templates, rooms: Container[str]) -> None:
        self._sessions = sessions
        self._templates = templates
        self._rooms = rooms

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.home, methods=["GET"])
        router.add_api_route("/room/{room}", self.room, methods=["GET"])
        router.add_api_route("/operator", self.operator, methods=["GET"])
        router.add_api_route("/wall/{name}", self.wall, methods=["GET"])
        router.add_api_route("/state", self.state, methods=["GET"])
        router.add_api_route("/warroom", self.warroom, methods=["GET"])
        return router

    async def home(self, request: Request) -> Response:
        """Lead somebody to the page of the role."""
        identity = await self._sessions.identify(request)
        return to_sign_in(request) if identity is None else RedirectResponse(identity.home, 303)

    async def room(self, request: Request, room: str) -> Response:
        """Show a room's board."""
        if room not in self._rooms:
            raise HTTPException(404)
        return await self._screen(request, "room.js", f"room/{room}")

    async def operator(self, request: Request) -> Response:
        """Show the operator's console."""
        identity = await self._sessions.identify(request)
        if identity is not None and not identity.operator:
            raise HTTPException(403)
        return await self._screen(request, "operator.js", f"operator/{identity.operator if identity else ''}")

    async def wall(self, request: Request, name: str) -> Response:
        """Show a wall."""
        return await self._screen(request, "wall.js", f"wall/{name}")

    async def state(self, request: Request) -> Response:
        """Show the state."""
        return await self._screen(request, "wall.js", "state")

    async def warroom(self, request: Request) -> Response:
        """Show the war room's desk."""
        return await self._screen(request, "warroom.js", "warroom")

    async def _screen(self, request: Request, script: str, view: str) -> Response:
        identity = await self._sessions.identify(request)
        if identity is None:
            return to_sign_in(request)
        if not may(identity, Action.VIEW, view):
            raise HTTPException(403)
        user = {
            "user": identity.user,
            "name": identity.name,
            "role": identity.role.value,
            "room": identity.room,
            "operator": identity.operator,
        }
        answer = self._templates.page(request, "screen.html", script=script, view=view, user=to_json(user))
        if identity.role is Role.WALL:
            renew_wall(request, answer)
        return answer

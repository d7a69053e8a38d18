"""The component that answers FastAGI: each script has one handler, named by the package it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agi.fastagi.server import AgiServer
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agi.fastagi.dtmf import DtmfDeduplicator
    from agi.fastagi.notes import SessionNotes
    from agi.fastagi.request import AgiRequest
    from agi.fastagi.server import Handler
    from agi.fastagi.session import PromptFinder


class HasRoutes(Protocol):
    """A component that answers scripts."""

    name: str

    @property
    def routes(self) -> Mapping[str, Handler]:
        """Its handlers by script; each is a function or a method that a stack trace names."""
        ...


class FastAgiComponent(Component):
    """The FastAGI server.

    Args:
        host: The address it listens on.
        port: The port it listens on.
        parts: Whose scripts it serves.
        prompts: As `AgiServer`.
        secret: As `AgiServer`.
        presses_of: As `AgiServer`.
        notes_of: As `AgiServer`.

    Attributes:
        routes: The handlers of all parts, by script.

    Raises:
        ValueError: two parts answer the same script.
    """

    name = "FastAGI"

    def __init__(
        self,
        host: str,
        port: int,
        parts: Iterable[HasRoutes],
        prompts: PromptFinder,
        secret: str,
        presses_of: Callable[[AgiRequest], DtmfDeduplicator | None],
        notes_of: Callable[[str], SessionNotes],
    ) -> None:
        self._host, self._port = host, port
        self.routes = merge_routes(parts)
        self._server = AgiServer(self.routes, prompts, secret, presses_of, notes_of)

    async def start(self) -> None:
        """Listen. Raises OSError: the port is taken."""
        await self._server.start(self._host, self._port)

    async def stop(self) -> None:
        """Take no new calls; those in progress get the server's grace time to end."""
        await self._server.close()


def merge_routes(parts: Iterable[HasRoutes]) -> dict[str, Handler]:
    """Return all routes. Raises ValueError: two parts answer the same script."""
    routes: dict[str, Handler] = {}
    for part in parts:
        for script, handler in part.routes.items():
            if script in routes:
                msg = f"FastAGI script {script!r}: {part.name} has a handler, and another component has one too"
                raise ValueError(msg)
            routes[script] = handler
    return routes

"""The component that answers FastAGI: each script has one handler, named by the package it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agi.fastagi.server import AgiServer
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from agi.fastagi.dtmf import DtmfDeduplicator
    from agi.fastagi.request import AgiRequest
    from agi.fastagi.server import Handler
    from agi.journal.journal import CallNotes
    from agi.settings import CallSettings


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
        settings: Where it listens.
        parts: Whose scripts it serves.
        prompts_dir: As `AgiServer`.
        secret: As `AgiServer`.
        presses_of: As `AgiServer`.
        notes_of: As `AgiServer`.

    Raises:
        ValueError: two parts answer the same script.
    """

    name = "FastAGI"

    def __init__(
        self,
        settings: CallSettings,
        parts: Iterable[HasRoutes],
        prompts_dir: Path,
        secret: str,
        presses_of: Callable[[AgiRequest], DtmfDeduplicator | None],
        notes_of: Callable[[str], CallNotes],
    ) -> None:
        self._host, self._port = settings.agi_host, settings.agi_port
        self._server = AgiServer(
            merge_routes(parts), prompts_dir=prompts_dir, secret=secret, presses_of=presses_of, notes_of=notes_of
        )

    async def start(self) -> None:
        """Listen. Raises OSError: the port is taken."""
        await self._server.start(self._host, self._port)

    async def stop(self) -> None:
        """Take no new calls; those in hand get the server's grace time to end."""
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

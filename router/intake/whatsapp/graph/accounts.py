"""The accounts that messages are sent from: those of the settings at Meta, and the simulator."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import httpx

from router.intake.whatsapp.graph.client import GraphClient
from router.intake.whatsapp.graph.errors import ErrorKind, GraphError
from router.settings_messaging import SIMULATOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.settings_messaging import WhatsAppSettings


class GraphAccounts:
    """A client for each.

    Args:
        settings: Which accounts there are.
        token: Reads the access token, None when there is none. Blocks.
        simulator: The Unix socket on which `warroom whatsapp simulate` listens while it runs.
    """

    def __init__(self, settings: WhatsAppSettings, token: Callable[[], str | None], simulator: Path) -> None:
        async def of_file() -> str | None:
            return await asyncio.to_thread(token)

        self._ids = frozenset(settings.phone_number_ids)
        self._meta = GraphClient(settings.graph_url, settings.graph_version, of_file)
        self._simulator = GraphClient(
            "http://simulator",
            settings.graph_version,
            _simulators_token,
            httpx.AsyncHTTPTransport(uds=str(simulator)),
        )

    def client(self, account: str) -> GraphClient:
        """Return the client of an account.

        Raises:
            GraphError: the settings have no such account any more.
        """
        if account == SIMULATOR:
            return self._simulator
        if account not in self._ids:
            raise GraphError(ErrorKind.CONTENT, "the settings do not name this number of ours any more")
        return self._meta

    async def close(self) -> None:
        """Close all connections."""
        for client in (self._meta, self._simulator):
            with contextlib.suppress(OSError):
                await client.close()


async def _simulators_token() -> str:
    return SIMULATOR

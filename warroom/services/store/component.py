"""The store and the tickets in it, as every process of the stack has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.component import Component
from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from warroom.config.paths import DataDirectory
from warroom.config.store_identity_file import StoreIdentityFile
from warroom.services.store.presence import store_there
from warroom.services.ticket_service_factory import make_ticket_service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from router.component import Work
    from router.geo import Places
    from router.tickets.routing.reloading_rules import ReloadingRules
    from warroom.config.settings import Settings

    Gate = Callable[[Path, Settings, Storage], Awaitable[None]]


class StoreComponent(Component):
    """Opens the store.

    Args:
        data: The data directory.
        settings: This node's.

    Attributes:
        storage: The store.

    Raises:
        StoreMissing: there is none.
    """

    name = "store"

    def __init__(self, data: Path, settings: Settings) -> None:
        self.storage = Storage(store_there(data), RetainedMessages(), timeout_s=settings.router.storage.timeout_s)

    async def start(self) -> None:
        """Open it. Raises StorageUnavailableError: it cannot be read, or is not of this program's schema."""
        await self.storage.open()

    async def stop(self) -> None:
        """Finish the commit in hand and close it."""
        await self.storage.close()


class StoreGateComponent(Component):
    """Nothing after it in the list is started unless the store is the one that broker and data directory remember.

    Args:
        data: The data directory.
        settings: This node's.
        store: Open.
        gate: One of `warroom.services.store.gate`.
    """

    name = "store gate"

    def __init__(self, data: Path, settings: Settings, store: StoreComponent, gate: Gate) -> None:
        self._data = data
        self._settings = settings
        self._store = store
        self._gate = gate

    async def start(self) -> None:
        """Pass the gate. Raises BrokerIdentityError: as the gate does."""
        await self._gate(self._data, self._settings, self._store.storage)


class StoreIdentityComponent(Component):
    """Keeps the file that remembers how far the store has come.

    Args:
        data: The data directory.
        settings: This node's.
        store: Open.
    """

    name = "store identity"

    def __init__(self, data: Path, settings: Settings, store: StoreComponent) -> None:
        path, node = DataDirectory(data).store_mark, settings.router.node
        self._file = StoreIdentityFile(path, store.storage, node=node)

    async def stop(self) -> None:
        """Write it for the last time, before the store is closed."""
        await self._file.write()

    def background(self) -> Iterable[Work]:
        """Keep it a second behind the store."""
        return (self._file.run(),)


class TicketsComponent(Component):
    """The ticket service, and the rules that it routes by.

    Args:
        data: The data directory.
        settings: This node's.
        store: Open.
        places: Districts, needs and rooms.
        rules: Those in force.

    Attributes:
        service: Opens and changes tickets.
    """

    name = "tickets"

    def __init__(
        self, data: Path, settings: Settings, store: StoreComponent, places: Places, rules: ReloadingRules
    ) -> None:
        self.service = make_ticket_service(data, settings, store.storage, places, rules)
        self._rules = rules
        self._store = store

    async def stop(self) -> None:
        """Write what is still in memory."""
        await self.service.close()

    def background(self) -> Iterable[Work]:
        """Read the rules again when their file changes."""
        return (self._rules.run(self._store.storage),)

"""The component of the watches that report this node's faults to the state room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.component import Component
from warroom.config.asterisk.console import AsteriskConsole
from warroom.monitoring.callback_flood_watch import FloodWatch
from warroom.monitoring.certificate_watch import CertificateWatch
from warroom.monitoring.dead_end_watch import DeadEndWatch
from warroom.monitoring.manager_watch import ManagerWatch
from warroom.monitoring.overload import OverloadGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agi.ami.component import AmiComponent
    from agi.core import Core
    from agi.settings import CallSettings
    from router.component import Work
    from router.storage.repositories.calls.callback_repository import StrangerLimits
    from warroom.config.paths import DataDirectory
    from warroom.monitoring.conditions.condition import ConditionWatch


class MonitoringComponent(Component):
    """Watches the load of SIP, the certificate, the link to the manager, limits of callbacks, and what leads nowhere.

    Args:
        core: Has the store, for the alerts.
        layout: The data directory.
        ami: The link to the manager.
        calls: Returns the settings of calls in force.
        limits: How many calls may be placed.
        conditions: Further conditions of this process.
    """

    name = "monitoring"

    def __init__(
        self,
        core: Core,
        layout: DataDirectory,
        ami: AmiComponent,
        calls: Callable[[], CallSettings],
        limits: StrangerLimits,
        conditions: ConditionWatch,
    ) -> None:
        store, ask = core.store, AsteriskConsole(layout).ask
        self._link = ami.connection
        self._overload = OverloadGuard(store, ask)
        self._certificate = CertificateWatch(store, layout.data, calls().sip_bind, ask)
        self._manager = ManagerWatch(store, self._is_linked)
        self._dead_ends = DeadEndWatch(store, layout.data, calls)
        self._flood = FloodWatch(store, limits)
        self._conditions = conditions

    def background(self) -> Iterable[Work]:
        """Watch until cancelled."""
        watches = (self._overload, self._certificate, self._manager, self._flood, self._dead_ends, self._conditions)
        return [watch.run() for watch in watches]

    def _is_linked(self) -> bool:
        return self._link.connected

"""The component that imports Asterisk's CDR and CEL into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.cdr.importer import CdrImporter
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from agi.call_control.component import CallControlComponent
    from agi.callbacks.component import CallbacksComponent
    from agi.core import Core
    from router.component import Work


class CdrComponent(Component):
    """Reads CDR and CEL as they grow.

    Args:
        core: Has the store.
        folder: Where Asterisk logs.
        dids: Helpline by dialled number.
        days: As `CdrImporter`.
        counted: As `CdrImporter`.
        callbacks: Schedules callbacks for missed calls.
        call_control: Informed how far CEL has been imported.
    """

    name = "CDR"

    def __init__(
        self,
        core: Core,
        folder: Path,
        dids: Mapping[str, str],
        days: int | None,
        counted: Callable[[Mapping[str, int]], None],
        callbacks: CallbacksComponent,
        call_control: CallControlComponent,
    ) -> None:
        self._importer = CdrImporter(
            core.store,
            folder,
            dids=dids,
            counted=counted,
            missed=callbacks.missed.ask,
            read=call_control.service.cel_imported,
            days=days,
        )

    def background(self) -> Iterable[Work]:
        """Read until cancelled."""
        return (self._importer.run(),)

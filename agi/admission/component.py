"""The component of admission: which callers get in, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.admission.caller_limits import CallerLimits
from agi.admission.priority_callers import PriorityCallerFiles
from router.component import Component
from router.tickets.blocklist import BlockList

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agi.core import Core
    from agi.settings import RateLimitSettings
    from router.component import Work


class AdmissionComponent(Component):
    """Rate limits, blocked numbers, and priority callers when lines run short.

    Args:
        core: Has the store.
        settings: How often a number may call.
        known: Folder of the files by which the dialplan recognises priority callers.

    Attributes:
        limits: Which callers get urgent help only.
    """

    name = "admission"

    def __init__(self, core: Core, settings: RateLimitSettings, known: Path) -> None:
        self.limits = CallerLimits(BlockList(core.store), settings)
        self._priority = PriorityCallerFiles(core.store, known)

    def background(self) -> Iterable[Work]:
        """Keep the files of priority callers up to date."""
        return (self._priority.run(),)

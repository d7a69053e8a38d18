"""A process of the stack: its components are started in order, work side by side, and stop in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from router.errors import WarroomError
from router.task_group import run_together
from warroom.services.readiness.systemd_notify import feed_watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from router.component import Component, Work

_log = logging.getLogger(__name__)


class ComponentEndedError(WarroomError):
    """Background work of a component returned; it should run until the process ends."""


@dataclass(frozen=True)
class Process:
    """The components of one process of the stack.

    Attributes:
        components: In the order in which they are started.
        announce: Begun beside the background work, once all are started: says that the process is ready.
    """

    components: Sequence[Component]
    announce: Callable[[], Coroutine[Any, Any, None]]

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, or until a component fails.

        Raises:
            ComponentEndedError: background work returned.
            Exception: a component's error, in its start or in its background work.
        """
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with contextlib.AsyncExitStack() as stack:
            serving = asyncio.create_task(self._serve(stack))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in (serving, stopping):
                task.cancel()
            await asyncio.wait([serving, stopping])
            if not serving.cancelled():
                serving.result()

    async def _serve(self, stack: contextlib.AsyncExitStack) -> None:
        """Start the components and work until cancelled; the supervisor stops the process."""
        for component in self.components:
            await component.start()
            stack.push_async_callback(component.stop)
        work = [_run_background(one.name, part) for one in self.components for part in one.background()]
        await run_together(*work, self.announce(), feed_watchdog())


async def _run_background(name: str, work: Work) -> NoReturn:
    """Do background work; its end is a fault, and the log says whose."""
    what = getattr(work, "__qualname__", "")  # such as OverloadGuard.run
    try:
        await work
    except Exception as error:
        _log.critical("component %s: %s failed with %s: the process ends", name, what, type(error).__name__)
        raise
    _log.critical("component %s: %s ended by itself: the process ends", name, what)
    msg = f"component {name}: {what} ended by itself"
    raise ComponentEndedError(msg)

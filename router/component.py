"""A component: one part of a process, with a name, a start, a stop and work in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    Work = Coroutine[Any, Any, object]


class Component:
    """One part of a process; it gets what it needs from others as the arguments of its constructor.

    Making one opens nothing and starts nothing. ``warroom.services.process`` starts the components of a process in the
    order of their list, then their background work, and stops them in reverse order.

    Attributes:
        name: Its name in the log.
    """

    name: str

    async def start(self) -> None:
        """Open what it has, and register with the components it was given. One that raises closes what it opened."""

    async def stop(self) -> None:
        """Let go of everything; its background work has ended. Called only after ``start`` has returned."""

    def background(self) -> Iterable[Work]:
        """Return work that goes on until it is cancelled. Work that ends by itself is a fault that ends the process."""
        return ()


class BackgroundComponent(Component):
    """A component that has nothing to open and nothing to close: only work.

    Args:
        name: Its name in the log.
        work: Each called once; returns work that goes on until it is cancelled.
    """

    def __init__(self, name: str, *work: Callable[[], Work]) -> None:
        self.name = name
        self._work = work

    def background(self) -> Iterable[Work]:
        """Return the work."""
        return [begin() for begin in self._work]

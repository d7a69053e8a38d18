"""The components of the broker: the link, and what rooms and operators say over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from router.component import Component
from router.mqtt.commands.operator_commands import OperatorCommands
from router.mqtt.commands.room_commands import Commands
from router.mqtt.mosquitto.quotas import Quotas
from router.mqtt.stock_report_consumer import StockReportConsumer
from router.stock.monitor import ShortageWatch
from router.stock.stock_reports import StockReports

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from agi.core import Core
    from router.component import Work
    from router.stock.items import Items
    from router.tasks.service import TaskService


class HasOperatorCommands(Protocol):
    """A component that does actions of operators."""

    def register(self, commands: OperatorCommands) -> None:
        """Have its actions done."""


class BrokerComponent(Component):
    """Keeps the link to the broker up.

    Args:
        core: Has the connection. Consumers of messages have registered with its inbox before this is started.
    """

    name = "broker"

    def __init__(self, core: Core) -> None:
        self._connection = core.broker

    async def start(self) -> None:
        """Begin to connect."""
        self._connection.start()

    async def stop(self) -> None:
        """Say goodbye."""
        await self._connection.close()

    def background(self) -> Iterable[Work]:
        """Wait for a fault of the link. BrokerIdentityError: the broker's memory belongs to another store."""
        return (self._connection.run(),)


class RoomMessagesComponent(Component):
    """Takes the commands of rooms, and empties topics they leave at the broker beyond their quota.

    Args:
        core: Has the broker and the tickets.
        tasks: Decides commands about tasks.
        items: The ids of all items of stock.
    """

    name = "room messages"

    def __init__(self, core: Core, tasks: TaskService, items: Container[str]) -> None:
        inbox = core.broker.inbox
        everybody = [*core.rooms, *(one.id for one in core.places.overseers)]
        self._commands = Commands(core.desk, tasks, inbox, rooms=core.rooms, node=core.node)
        self._quotas = Quotas(inbox, core.store, rooms=everybody, items=items)

    async def start(self) -> None:
        """Ask the inbox for them."""
        self._commands.listen()
        self._quotas.listen()

    def background(self) -> Iterable[Work]:
        """Report emptied topics to the war room."""
        return (self._quotas.run(),)


class OperatorMessagesComponent(Component):
    """Takes the commands of operators.

    Args:
        core: Has the broker, and the store where replies are kept.
        parts: Whose actions they are.
        known: Tells whether an operator has this id.
    """

    name = "operator messages"

    def __init__(self, core: Core, parts: Iterable[HasOperatorCommands], *, known: Callable[[str], bool]) -> None:
        self._commands = OperatorCommands(core.store, core.broker.inbox, node=core.node, known=known)
        self._parts = tuple(parts)
        self._broker = core.broker

    async def start(self) -> None:
        """Have the actions done, and ask the inbox for the commands."""
        for part in self._parts:
            part.register(self._commands)
        self._broker.operator_actions = self._commands.models
        self._commands.listen()

    async def stop(self) -> None:
        """Let commands in progress finish."""
        await self._commands.close()


class StockComponent(Component):
    """Takes the reports of all rooms and watches for shortages.

    Args:
        core: Has the store; reports come in by its broker.
        items: The items in stock.
    """

    name = "stock"

    def __init__(self, core: Core, items: Items) -> None:
        self._shortage = ShortageWatch(core.store, core.places, items)
        self._reports = StockReportConsumer(
            StockReports(core.store, items),
            core.broker.inbox,
            rooms=core.rooms,
            node=core.node,
            taken=self._shortage.touch,
        )

    async def start(self) -> None:
        """Ask the inbox for the reports."""
        self._reports.listen()

    def background(self) -> Iterable[Work]:
        """Watch for shortages."""
        return (self._shortage.run(),)

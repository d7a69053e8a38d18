"""A real Mosquitto with the configuration of production, and a link to it, for tests."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiomqtt

from router.mqtt import topics
from router.mqtt.commands.room_commands import Commands
from router.mqtt.connection import MqttConnection
from router.mqtt.mosquitto.config import LOCAL, OURS, ROUTER_ACCOUNT, broker_files
from router.mqtt.retained.messages import RetainedMessages
from router.mqtt.stock_report_consumer import StockReportConsumer
from router.settings import BrokerSettings
from router.stock.items import load_items
from router.stock.stock_reports import StockReports
from router.tasks.service import TaskService
from tests.support.ports import free_ports
from tests.support.stores import places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from router.model.ticket import Ticket
    from router.mqtt.inbox import Take
    from router.stock.monitor import ShortageWatch
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

WAIT_S = 60.0
"""For what comes within a second: on a machine under load it may take many times as long."""
NOBODY = 65534
ROOMS = tuple(room.id for room in places().rooms)
ACCOUNTS = (*ROOMS, *(room.id for room in places().overseers))
OPERATORS = ("asha", "ravi")
PASSWORDS = {name: f"secret of {name}" for name in (*OURS, *ACCOUNTS, *map(topics.operator, OPERATORS))}


class Broker:
    """One Mosquitto on a port of its own; it can be stopped, killed and started again."""

    def __init__(self, directory: Path) -> None:
        self.settings = BrokerSettings(port=free_ports(1)[0])
        self.directory = directory
        self.log: list[str] = []
        watched = places().watched_by()
        accounts = {"passwords": PASSWORDS, "rooms": ACCOUNTS, "watched": watched, "operators": OPERATORS}
        (directory / LOCAL).mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(directory / LOCAL, NOBODY, NOBODY)
        self.write(**broker_files(self.settings, directory, **accounts))  # type: ignore[arg-type]
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it has been started and not ended."""
        return self._process is not None

    def text(self, name: str) -> str:
        """One of the broker's files."""
        return (self.directory / name).read_text()

    def write(self, **files: str) -> None:
        """Write some of the broker's files; they count from its next start."""
        for name, text in files.items():
            path = self.directory / name
            path.write_text(text)
            path.chmod(0o600)
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)

    async def start(self) -> None:
        """Start and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            shutil.which("mosquitto") or "/usr/sbin/mosquitto",
            "-c",
            self.directory / "mosquitto.conf",
            stderr=asyncio.subprocess.PIPE,
            user=NOBODY if os.geteuid() == 0 else None,  # as in production: never root
        )
        assert self._process.stderr
        self._reader = asyncio.create_task(self._read(self._process.stderr))
        await until(self._listens)

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.log.append(line.decode().rstrip())

    async def _listens(self) -> bool:
        assert self._process
        assert self._process.returncode is None, self.log
        try:
            _, writer = await asyncio.open_connection(self.settings.host, self.settings.port)
        except ConnectionRefusedError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def stop(self) -> None:
        """End it as systemd would: it writes down what it holds."""
        await self._end("terminate")

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end("kill")

    def signal(self, number: int) -> None:
        """Send it a signal: SIGHUP reads its files again, SIGSTOP freezes it."""
        assert self._process
        self._process.send_signal(number)

    async def _end(self, how: str) -> None:
        if self._process is None:
            return
        getattr(self._process, how)()
        await self._process.wait()
        assert self._reader
        await self._reader
        self._process = None

    @asynccontextmanager
    async def client(self, account: str, *, name: str = "test", **options: object) -> AsyncIterator[aiomqtt.Client]:
        """A client of an account; MQTT 5 unless told."""
        options.setdefault("protocol", aiomqtt.ProtocolVersion.V5)
        async with aiomqtt.Client(
            self.settings.host,
            self.settings.port,
            username=account,
            password=PASSWORDS[account],
            identifier=f"{account}-{name}",
            **options,  # type: ignore[arg-type]
        ) as client:
            yield client

    async def retained(self, wanted: str = "rooms/+/tickets/#") -> dict[str, str]:
        """All that is retained below some topic, by topic without root, as the router's account reads it."""
        root = self.settings.topic_root
        found: dict[str, str] = {}
        async with self.client(ROUTER_ACCOUNT, name="reader") as client, asyncio.timeout(WAIT_S):
            await client.subscribe(f"{root}/{wanted}", qos=1)
            await client.subscribe(f"{root}/end-of-retained", qos=1)
            await client.publish(f"{root}/end-of-retained", "", qos=1)
            async for message in client.messages:
                topic = str(message.topic).removeprefix(f"{root}/")
                if topic == "end-of-retained":
                    break
                found[topic] = bytes(message.payload).decode()  # type: ignore[arg-type]
        return found


@asynccontextmanager
async def opened_link(
    broker: Broker,
    store: Storage,
    *,
    password: str | None = None,
    takers: Mapping[str, Take] | None = None,
    desk: TicketService | None = None,
    watch: ShortageWatch | None = None,
) -> AsyncIterator[MqttConnection]:
    """A link that has begun to connect.

    `takers` take what comes in on these topics, `desk` rooms' commands, `watch` hears of their stock.
    """
    link = MqttConnection(
        broker.settings, node=1, password=password or PASSWORDS[ROUTER_ACCOUNT], store=store, places=places()
    )
    for wanted, take in (takers or {}).items():
        link.inbox.on(wanted, take)
    if desk:
        tasks = TaskService(store, places(), node=1)
        Commands(desk, tasks, link.inbox, rooms=ROOMS, node=1).listen()
    if watch:
        items = load_items(places().needs)
        StockReportConsumer(StockReports(store, items), link.inbox, rooms=ROOMS, node=1, taken=watch.touch).listen()
    link.start()
    try:
        yield link
    finally:
        await link.close()


async def until(condition: Callable[[], object], *, seconds: float = WAIT_S) -> None:
    """Wait for something that announces itself nowhere; fails after a minute."""
    async with asyncio.timeout(seconds):
        while not (end := condition()) or (asyncio.iscoroutine(end) and not await end):
            await asyncio.sleep(0.02)


async def next_message(client: aiomqtt.Client, *, seconds: float = WAIT_S) -> aiomqtt.Message:
    """The next message of a client."""
    async with asyncio.timeout(seconds):
        return await anext(client.messages)


async def sent(store: Storage) -> None:
    """Wait until the broker has confirmed all that the outbox held."""

    async def empty() -> bool:
        return await store.read(lambda uow: uow.outbox.waiting()) == 0

    await until(empty, seconds=60)


def expected(*tickets: Ticket) -> dict[str, str]:
    """What the broker must hold of these tickets, by topic without root."""
    messages = [RetainedMessages().of_ticket(ticket, ticket.model_dump_json()) for ticket in tickets]
    return {message.place.topic: message.payload for message in messages if message}

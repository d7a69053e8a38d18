"""Whole stacks for live tests: real Asterisk, broker and service, each on ports and in a folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from router.mqtt.commands.room_client import RoomTicket, watch_room
from tests.support.faults import shorten, shorten_all
from tests.support.ports import free_ports
from tests.support.sip_trunk_files import EMERGENCY, SHORT, TRUNKS
from tests.support.stores import new_store
from tests.support.trunk_files import ACCOUNT_PASSWORD, LINES, LOOPBACK, OPERATOR
from warroom.config.asterisk.console import AsteriskConsole
from warroom.config.folders import ASTERISK_USER, own
from warroom.config.paths import DataDirectory
from warroom.config.secrets import mqtt_room, read_secret
from warroom.config.settings import Settings, load_settings
from warroom.services.stack.processes import SERVICES, prepare
from warroom.services.stack.running_stack import RunningStack
from warroom.sip_test_client import PromptMatcher, TestCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

ROOM_LIMIT_S = 60.0
MAX_CALLS = 100
"""A stack's callers unless told: so few that some twenty stacks at once have ports for their sound."""
NO_RESERVE = "{ priority_percent = 0 }"
"""Call settings of a stack whose lines are all for everybody."""


class RoomView:
    """What a room's own MQTT client has received."""

    def __init__(self, arrivals: asyncio.Queue[RoomTicket]) -> None:
        self._arrivals = arrivals
        self.received: list[RoomTicket] = []

    async def ticket(self, **wanted: object) -> dict[str, Any]:
        """Wait for a ticket whose fields are as wanted; return its data."""
        seen = list(self.received)
        async with asyncio.timeout(ROOM_LIMIT_S):
            while True:
                for ticket in seen:
                    data = ticket.event["data"] if ticket.event else {}
                    if data and all(data.get(key) == value for key, value in wanted.items()):
                        return data
                arrival = await self._arrivals.get()
                self.received.append(arrival)
                seen = [arrival]

    async def gone(self, number: str) -> None:
        """Wait until a ticket is no longer this room's."""
        async with asyncio.timeout(ROOM_LIMIT_S):
            while not any(seen.number == number and seen.event is None for seen in self.received):
                self.received.append(await self._arrivals.get())


@dataclass
class LiveStack:
    """One running stack and the ways into it."""

    data: Path
    settings: Settings
    processes: RunningStack
    matcher: PromptMatcher

    @property
    def sip(self) -> tuple[str, int]:
        return self.settings.calls.sip_bind, self.settings.calls.sip_port

    @property
    def layout(self) -> DataDirectory:
        return DataDirectory(self.data)

    def call(self, did: str = "181", **options: Any) -> TestCall:
        """Return a call to be entered with `async with`."""
        return TestCall(self.sip, did, matcher=self.matcher, **options)

    def asterisk(self, command: str) -> str:
        """Return what Asterisk's console answers to a command."""
        return AsteriskConsole(self.layout).ask(command)

    @contextlib.asynccontextmanager
    async def room(self, room: str = "district-bhopal", client: str = "test") -> AsyncIterator[RoomView]:
        """Sign in as a room and gather what it receives."""
        arrivals: asyncio.Queue[RoomTicket] = asyncio.Queue()
        connected = asyncio.Event()
        password = read_secret(self.data, mqtt_room(room))

        async def gather() -> None:
            watch = watch_room(self.settings.router.broker, room, password, client=client, connected=connected)
            async for ticket in watch:
                arrivals.put_nowait(ticket)

        task = asyncio.create_task(gather())
        try:
            async with asyncio.timeout(ROOM_LIMIT_S):
                await connected.wait()
            yield RoomView(arrivals)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def make_data(
    *,
    trunks: str = LOOPBACK,
    operators: str = "",
    helplines: str = "",
    secrets: Mapping[str, str] | None = None,
    store_url: str = "",
    further: str = "",
    **calls: object,
) -> tuple[Path, Settings]:
    """Make a prepared data directory with free ports.

    Args:
        trunks: The file of that name.
        operators: The file of that name, if any.
        helplines: The file of that name; without it the one that comes with the program holds.
        secrets: Passwords by the name of their file.
        store_url: Where the store lies, unless it is a file.
        further: Further tables of settings.toml.
        calls: Further settings of calls, as TOML values; unless told, nobody is asked to answer by speaking, which
            spares a stack the process that listens.
    """
    data = Path(tempfile.mkdtemp(prefix="warroom-test-", dir="/var/tmp"))
    data.chmod(0o755)
    calls = {"max_calls": MAX_CALLS, "spoken_answers": "{ district = false }", **calls}
    sound = range(int(str(calls.get("rtp_first", 0))), int(str(calls.get("rtp_last", -1))) + 1)
    ports = free_ports(7, outside=sound)
    lines = [
        "[calls]",
        f"sip_port = {ports[0]}",
        f"agi_port = {ports[1]}",
        f"ami_port = {ports[2]}",
        f"http_port = {ports[3]}",
        *(f"{key} = {value}" for key, value in calls.items()),
        "[router.broker]",
        f"port = {ports[4]}",
        "[api]",
        f"port = {ports[5]}",
        "[board]",
        f"port = {ports[6]}",
        *(["[router.storage]", f'url = "{store_url}"'] if store_url else []),
        further,
    ]
    (data / "settings.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (data / "trunks.toml").write_text(trunks, encoding="utf-8")
    if operators:
        (data / "operators.toml").write_text(operators, encoding="utf-8")
    if helplines:
        (data / "helplines.toml").write_text(helplines, encoding="utf-8")
    (data / "secrets").mkdir()
    for name, secret in (secrets or {}).items():
        (data / "secrets" / name).write_text(secret + "\n")
        (data / "secrets" / name).chmod(0o600)
    settings = load_settings(data)
    if not store_url:
        _place_store(DataDirectory(data).store)
    prepare(data, settings, lambda *_: None)
    return data, settings


def _place_store(path: Path) -> None:
    """Spare the start all migrations since the first: they have tests of their own."""
    path.parent.mkdir(parents=True)
    path.write_bytes(new_store())
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE identity SET store = ?", (uuid4().hex,))


@contextlib.contextmanager
def open_stack(
    *,
    wizard: str = "",
    trunks: str = LOOPBACK,
    operators: str = "",
    helplines: str = "",
    secrets: Mapping[str, str] | None = None,
    services: Sequence[str] = ("serve",),
    store_url: str = "",
    further: str = "",
    **calls: object,
) -> Iterator[LiveStack]:
    """Run a whole stack for the time of the block, then remove all of it.

    Args:
        wizard: What an admin wrote into local/pjsip_wizard.conf.
        trunks: What an admin wrote into trunks.toml.
        operators: What an admin wrote into operators.toml.
        helplines: What an admin wrote into helplines.toml.
        secrets: Passwords by the name of their file.
        services: Which of our own processes run.
        store_url: Where the store lies, unless it is a file.
        further: Further tables of settings.toml.
        calls: Call settings as TOML values.
    """
    data, settings = make_data(
        trunks=trunks,
        operators=operators,
        helplines=helplines,
        secrets=secrets,
        store_url=store_url,
        further=further,
        **calls,
    )
    (data / "asterisk" / "local" / "pjsip_wizard.conf").write_text(wizard)
    own(data / "asterisk" / "local" / "pjsip_wizard.conf", ASTERISK_USER, 0o600)
    try:
        with RunningStack(data, services=services) as processes:
            yield LiveStack(data, settings, processes, PromptMatcher.of(data / "prompts"))
    finally:
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def stack() -> Iterator[LiveStack]:
    """The stack shared by tests that leave it as they found it."""
    with open_stack() as running:
        shorten_all(running)
        yield running


@pytest.fixture(scope="session")
def lines() -> Iterator[LiveStack]:
    """A stack with several trunks, an operator's account, and a limit of three calls an hour for each number."""
    limit = "{ max_calls = 3, window_minutes = 60 }"
    secrets = {"account": ACCOUNT_PASSWORD}
    with open_stack(trunks=LINES, wizard=OPERATOR, secrets=secrets, emergency='["108"]', rate_limit=limit) as running:
        shorten_all(running)
        yield running


@pytest.fixture(scope="session")
def sip_stack() -> Iterator[LiveStack]:
    """A stack with a trunk for each way a line may be."""
    with open_stack(trunks=TRUNKS, wizard=SHORT, emergency=EMERGENCY) as running:
        shorten(running, "hi/emergency-wait", "hi/details-ask")
        yield running


@pytest.fixture(scope="module")
def whole_stack() -> Iterator[LiveStack]:
    """A stack with every service, for the tests of one file."""
    with open_stack(services=SERVICES) as running:
        yield running


@pytest.fixture
def own_stack() -> Iterator[LiveStack]:
    """A stack of its own, for a test that breaks parts of it."""
    with open_stack() as running:
        yield running

"""Rebuilds a lost store from the broker and the data directory."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiomqtt

from recordings.spool import Spool, describe
from router.geo import load_places
from router.model.calls.recording_record import NewRecording
from router.mqtt.client import AckClient, PublishRejectedError
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from router.mqtt.retained import recovery
from router.mqtt.retained.broker_identity import MarkTeller
from router.mqtt.retained.messages import RetainedMessages
from router.pictures import PictureFiles
from router.pictures.recovery import take_over as take_over_pictures
from router.storage.engine import Storage
from router.storage.migrate import has_store, migrate
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import DataDirectory, acting_as
from warroom.config.secrets import MQTT_ROUTER, read_secret
from warroom.config.store_identity_file import read_mark, write_mark
from warroom.services.stack.processes import StackError, environment, prepare_to_recover, processes
from warroom.services.stack.running_stack import StackLock
from warroom.services.store.presence import store_location
from warroom.services.supervision.unsupervised import Unsupervised
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from router.model.ticket import Ticket
    from router.mqtt.retained.recovery import FoundDocuments, Progress
    from router.storage.engines import Location
    from router.storage.repositories.identity_repository import StoreIdentity
    from warroom.config.settings import Settings

_BROKER_S = 20.0  # to read its memory from the disk: 100,000 tickets take some seconds
_POLL_INTERVAL_S = 0.1


@dataclass(slots=True)
class Recovered:
    """The recovered rows, or those that would be.

    Attributes:
        needed: Whether the store was not the one that is remembered; otherwise nothing was touched.
        tickets: New to the store, or newer than there.
        tasks: Parts of tasks, likewise.
        alerts: Likewise.
        notices: Likewise.
        next_number: The serial that ticket numbers go on behind.
        only_here: Open tickets that the broker does not have: closed since this copy was made, most likely.
        unreadable: Topics at the broker where something lies that cannot be taken over.
        messages: Recordings whose ticket is not known: each gets one of its own once the stack runs.
        pictures: Photographs that tickets have got again.
    """

    needed: bool = False
    tickets: int = 0
    tasks: int = 0
    alerts: int = 0
    notices: int = 0
    next_number: int = 0
    only_here: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    messages: int = 0
    pictures: int = 0


def recover(data: Path, settings: Settings, *, dry_run: bool, progress: Progress) -> Recovered:
    """Take over the data that the broker and the spool still have, so that the stack can start. Safe to repeat.

    Raises:
        StackError: The stack runs, or the broker cannot be started or asked.
        StorageUnavailableError: The store cannot be read or written.
    """
    lock = StackLock(data)
    lock.take()
    try:
        if left := Unsupervised(data).pids():
            raise StackError(f"parts of the stack run without a supervisor ({', '.join(left)}); first: warroom stop")
        prepare_to_recover(data, settings)
        with _broker(data), acting_as(SERVICE_USER), _store(data, dry_run=dry_run) as location:
            migrate(location)
            return asyncio.run(_recover(data, settings, location, dry_run=dry_run, progress=progress))
    finally:
        lock.release()


@contextlib.contextmanager
def _store(data: Path, *, dry_run: bool) -> Iterator[Location]:
    """The store to write to; to only look, an empty one elsewhere when there is none."""
    location = store_location(data)
    if not dry_run or has_store(location):
        yield location
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "empty.sqlite"


@contextlib.contextmanager
def _broker(data: Path) -> Iterator[None]:
    """Run the broker for this time, unless one runs already: then ours ends at once, and that one is asked."""
    command = next(process for process in processes(data) if process.name == "broker")
    running = subprocess.Popen(  # noqa: S603 - ours
        command.argv, env=environment(data, "broker"), stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        running.terminate()  # it writes its memory to disk
        running.wait()


async def _recover(
    data: Path, settings: Settings, location: Location, *, dry_run: bool, progress: Progress
) -> Recovered:
    layout, node = DataDirectory(data), settings.router.node
    async with contextlib.AsyncExitStack() as stack:
        store = Storage(location, RetainedMessages(), timeout_s=settings.router.storage.timeout_s)
        await store.open()
        stack.push_async_callback(store.close)
        client = await stack.enter_async_context(_connected(data, settings))
        progress("reading the broker", 0, 1)
        found = await recovery.read_found(client, settings.router.broker.topic_root, node)
        progress("reading the broker", 1, 1)
        told = [mark for mark in (found.mark, read_mark(layout.store_mark)) if mark]
        mine = await store.read(lambda uow: uow.identity.of_store(node=node))
        result = await _looked(store, found, mine, told)
        result.unreadable = found.unreadable
        if result.needed and not dry_run:
            await _write(data, settings, store, client, found, result, progress=progress)
        result.next_number = max(result.next_number, mine.serial)
        result.messages = await _without_ticket(store, Spool(layout.incoming, layout.kept), found)
        return result


async def _looked(store: Storage, found: FoundDocuments, mine: StoreIdentity, told: list[StoreIdentity]) -> Recovered:
    """Say what would be taken over."""
    new = await recovery.count_new(store, found)
    result = Recovered(tickets=new.tickets, tasks=new.tasks, alerts=new.alerts, notices=new.notices)
    result.needed = any(mine.lacks(mark) for mark in told) or bool(new.tickets or new.tasks or new.notices)
    if result.needed:
        result.only_here = await recovery.only_here(store, found)
        serial = max(found.serial, *(mark.serial for mark in told if mark.node == mine.node), 0)
        result.next_number = serial + recovery.GAP if serial else 0
    return result


async def _write(
    data: Path,
    settings: Settings,
    store: Storage,
    client: AckClient,
    found: FoundDocuments,
    result: Recovered,
    *,
    progress: Progress,
) -> None:
    node, places = settings.router.node, load_places()
    desk = make_ticket_service(data, settings, store, places, make_rules(data, places))
    try:
        await recovery.take_over(
            store,
            desk,
            found,
            node=node,
            serial=result.next_number,
            recordings_of=recordings_of,
            progress=progress,
        )
        result.pictures = await take_over_pictures(store, PictureFiles(DataDirectory(data).pictures))
        await store.write(lambda uow: uow.identity.renew())
    finally:
        await desk.close()
    mark = await store.read(lambda uow: uow.identity.of_store(node=node))
    await asyncio.to_thread(write_mark, DataDirectory(data).store_mark, mark)
    await MarkTeller(store, root=settings.router.broker.topic_root, node=node).tell(client)


def recordings_of(ticket: Ticket) -> list[NewRecording]:
    """The facts in the names of a ticket's recordings, else the ticket's own: their rows are lost."""
    return [describe(name) or _as_its_ticket(name, ticket) for name in ticket.recordings]


def _as_its_ticket(name: str, ticket: Ticket) -> NewRecording:
    return NewRecording(
        name=name,
        call=ticket.calls[-1] if ticket.calls else "",
        helpline=ticket.helpline,
        language=ticket.language,
        begun=ticket.requested_datetime,
    )


async def _without_ticket(store: Storage, spool: Spool, found: FoundDocuments) -> int:
    """Count the recordings, kept or just come in, that no ticket has nor will have."""
    owned = {name for ticket in found.tickets.values() for name in ticket.recordings}
    kept = await store.read(lambda uow: uow.recordings.unknown(names=spool.kept_names()))
    return len({*kept, *spool.incoming_names()} - owned)


@contextlib.asynccontextmanager
async def _connected(data: Path, settings: Settings) -> AsyncIterator[AckClient]:
    """The broker, as soon as it answers."""
    broker = settings.router.broker
    until = asyncio.get_running_loop().time() + _BROKER_S
    async with contextlib.AsyncExitStack() as stack:
        while True:
            client = AckClient(
                broker.host,
                broker.port,
                username=ROUTER_ACCOUNT,
                password=read_secret(data, MQTT_ROUTER),
                identifier=f"recover-{secrets.token_hex(8)}",
            )
            try:
                await stack.enter_async_context(client)
                break
            except aiomqtt.MqttError as error:
                if asyncio.get_running_loop().time() > until:
                    raise StackError(f"broker: {broker.host}:{broker.port}: {error}; see: warroom doctor") from None
                await asyncio.sleep(_POLL_INTERVAL_S)
        try:
            yield client
        except (aiomqtt.MqttError, PublishRejectedError) as error:
            raise StackError(f"broker: {broker.host}:{broker.port}: {error}; nothing is lost, try again") from None

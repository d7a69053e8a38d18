"""Recovers the state of a lost store from the broker's retained messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pydantic import ValidationError

from router.model.notice import PublicNotice
from router.model.rooms.alert import AlertVersion
from router.model.rooms.task import Part
from router.mqtt import topics
from router.mqtt.cloudevents import EventError, parse, ticket_in
from router.mqtt.retained.broker_identity import mark_in, version_of
from router.mqtt.retained.kinds import FAMILIES
from router.mqtt.retained.reconciliation import retained_messages
from router.storage.repositories.notices import notice_repository
from router.storage.repositories.rooms import alert_repository, task_repository
from router.tickets import ticket_number as numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.model.calls.recording_record import NewRecording
    from router.model.ticket import Ticket
    from router.mqtt.client import AckClient
    from router.mqtt.cloudevents import Event
    from router.mqtt.retained.kinds import RetainedKind
    from router.storage.engine import Storage
    from router.storage.repositories.identity_repository import StoreIdentity
    from router.storage.repositories.tickets.ticket_repository import Kept
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService

GAP = 1000
"""Ticket numbers left out behind the last one seen: those given in the last second before the loss are unknown."""

_STEP = 100  # written in one transaction: some milliseconds

Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(slots=True)
class FoundDocuments:
    """The retained messages of a node.

    Attributes:
        tickets: Newest version of each, by number.
        parts: Of tasks, by key.
        alerts: Version and event, by key.
        notices: By key.
        mark: Of the store it came from.
        serial: The highest serial of a ticket number seen anywhere.
        unreadable: Topics with a message that is none of ours, or not whole.
    """

    tickets: dict[str, Ticket] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    alerts: dict[str, tuple[int, Event]] = field(default_factory=dict)
    notices: dict[str, PublicNotice] = field(default_factory=dict)
    mark: StoreIdentity | None = None
    serial: int = 0
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Taken:
    """How many of each were (or would be) new to the store."""

    tickets: int = 0
    tasks: int = 0
    alerts: int = 0
    notices: int = 0


async def read_found(client: AckClient, root: str, node: int) -> FoundDocuments:
    """Read everything that the broker has of this node.

    Raises:
        aiomqtt.MqttError: the connection broke, or the broker does not send its retained messages.
        PublishRejectedError: the account may not write the mark that ends the reading.
    """
    found = FoundDocuments()
    store_mark = topics.store_mark(node)
    wanted = [topic for family in FAMILIES for topic in family.wanted]
    async for topic, payload in retained_messages(client, root, [*wanted, topics.ALL_SUMMARIES, store_mark], node):
        if topic == store_mark:
            found.mark = mark_in(payload)
        else:
            try:
                _take(found, topic, payload, node)
            except (EventError, ValidationError, ValueError):
                found.unreadable.append(topic)
    found.serial = max(found.serial, found.mark.serial if found.mark else 0)
    return found


def _take(found: FoundDocuments, topic: str, payload: object, node: int) -> None:
    owner = next(filter(None, (family.owner(topic, node) for family in FAMILIES)), None)
    summary = topic.endswith("/summary")
    if owner is None and not summary:
        return
    if not isinstance(payload, bytes):
        raise EventError("not an event")
    event = parse(payload)
    version = version_of(payload)
    if summary:
        _see(found, [str(number) for number in event.data.get("tickets", ())], node)
    elif owner and topic.startswith("alerts/"):
        found.alerts[owner.key] = (version[1] if version else 1, event)
    elif owner and owner.key.startswith(task_repository.KEY):
        found.parts[owner.key] = Part.model_validate(event.data)
    elif owner and owner.key.startswith(notice_repository.KEY):
        found.notices[owner.key] = PublicNotice.model_validate(event.data)
    else:
        ticket = ticket_in(event)
        if not numbers.valid(ticket.number) or numbers.node_of(ticket.number) != node:
            raise EventError("not a ticket of this node")
        _see(found, [ticket.number], node)
        if ticket.number not in found.tickets or found.tickets[ticket.number].version < ticket.version:
            found.tickets[ticket.number] = ticket


def _see(found: FoundDocuments, some: Sequence[str], node: int) -> None:
    serials = [numbers.serial_of(one) for one in some if numbers.valid(one) and numbers.node_of(one) == node]
    found.serial = max(found.serial, *serials, 0)


async def count_new(store: Storage, found: FoundDocuments) -> Taken:
    """Count the found messages that are new to a store, and change nothing."""
    taken = Taken()
    for family, versions, name in (
        (FAMILIES[0], {number: ticket.version for number, ticket in found.tickets.items()}, "tickets"),
        (FAMILIES[1], {key: version for key, (version, _) in found.alerts.items()}, "alerts"),
        (FAMILIES[2], {key: part.version for key, part in found.parts.items()}, "tasks"),
        (FAMILIES[3], {key: notice.version for key, notice in found.notices.items()}, "notices"),
    ):
        keys = sorted(versions)
        for start in range(0, len(keys), _STEP):
            some = keys[start : start + _STEP]
            known = await store.read(partial(_versions, family, some))
            new = sum(versions[key] > known.get(key, 0) for key in some)
            setattr(taken, name, getattr(taken, name) + new)
    return taken


def _versions(family: RetainedKind, keys: Sequence[str], uow: UnitOfWork) -> dict[str, int]:
    return family.versions(uow, keys)


async def take_over(
    store: Storage,
    desk: TicketService,
    found: FoundDocuments,
    *,
    node: int,
    serial: int,
    recordings_of: Callable[[Ticket], Sequence[NewRecording]],
    progress: Progress,
) -> Taken:
    """Write the found messages into the store; safe to repeat after a crash at any point.

    Args:
        store: Open.
        desk: On that store.
        found: As the broker has it.
        node: This node.
        serial: The ticket numbers go on behind it.
        recordings_of: As `TicketService.take_over`.
        progress: Told how far it is.

    Raises:
        StorageUnavailableError: it cannot be written; rows written before stay.
    """
    taken = Taken()
    await store.write(partial(_continue_numbers, node=node, serial=serial, tasks=found.mark.tasks if found.mark else 0))
    tickets = sorted(found.tickets.values(), key=lambda ticket: ticket.number)
    for start in range(0, len(tickets), _STEP):
        progress("tickets", start, len(tickets))
        taken.tickets += await desk.take_over(tickets[start : start + _STEP], recordings_of)
    progress("tickets", len(tickets), len(tickets))
    for part in found.parts.values():
        taken.tasks += await store.write(partial(_take_part, part=part))
    for key, (version, event) in found.alerts.items():
        taken.alerts += await store.write(partial(_take_alert, alert=_alert_of(key, version, event)))
    for notice in found.notices.values():
        taken.notices += await store.write(partial(_take_notice, notice=notice))
    return taken


def _take_notice(uow: UnitOfWork, notice: PublicNotice) -> bool:
    return uow.notices.take_over(notice)


def _take_part(uow: UnitOfWork, part: Part) -> bool:
    return uow.recovery.task_part(part)


def _take_alert(uow: UnitOfWork, alert: AlertVersion) -> bool:
    return uow.recovery.alert(alert)


def _alert_of(key: str, version: int, event: Event) -> AlertVersion:
    """Read an alert from its event; ``key`` is ``alert/<kind>/<room>``."""
    kind, room = key.removeprefix(alert_repository.KEY).split("/", 1)
    said = {name: value for name, value in event.data.items() if name not in {"room", "since"}}
    since = str(event.data.get("since") or event.time.isoformat())
    document = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return AlertVersion(kind, room, version, since, event.time, document)


def _continue_numbers(uow: UnitOfWork, node: int, serial: int, tasks: int) -> None:
    """The numbers go on behind all that were seen; a store that is beyond them already goes on as it was."""
    uow.identity.raise_serial(node, min(serial, numbers.LAST_SERIAL))
    uow.identity.raise_tasks(tasks)


async def only_here(store: Storage, found: FoundDocuments) -> list[str]:
    """Return the open tickets of the store that the broker does not have: closed since it was copied, most likely."""
    missing: list[str] = []
    last = ""
    while some := await store.read(partial(_open_after, last)):
        last = some[-1][0]
        missing += [number for number, _ in some if number not in found.tickets]
    return missing


def _open_after(number: str, uow: UnitOfWork) -> list[tuple[str, Kept | None]]:
    return uow.tickets.open_after(number, _STEP)

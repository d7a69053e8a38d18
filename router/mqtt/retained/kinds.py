"""Kinds of retained messages: for each, the store's expectation, and the topics that may be cleared.

A new family is one entry in ``FAMILIES``: after each connect it is read back and put right like the tickets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from router.geo import STATE_ROOM
from router.mqtt import topics
from router.mqtt.retained.messages import RetainedMessages
from router.storage.repositories.notices import notice_repository
from router.storage.repositories.rooms import alert_repository, task_repository
from router.tickets import ticket_number as numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from router.model.messages import OutboxMessage
    from router.storage.unit_of_work import UnitOfWork


_MESSAGES = RetainedMessages()


class TopicOwner(NamedTuple):
    """Whose a topic is.

    Attributes:
        key: The outbox key: a ticket's number, ``alert/<kind>/<room>``.
        room: The room it is for.
    """

    key: str
    room: str


@dataclass(frozen=True, slots=True)
class RetainedKind:
    """One kind of things that lie retained.

    Attributes:
        name: Plural, for the log.
        prefix: What its outbox keys begin with.
        wanted: The topics (filters, without root) where they lie; no other family's topics match them.
        owner: Whose a topic is (without root, of this node of 1 to 9); None when it is not for this family, or for
            another node, to judge.
        after: At most so many keys with their messages, in the order of the keys, those after a key. Messages are
            None for what the store keeps open and no room is to see.
        present: The message of a key; None when nothing is to lie there.
        versions: The newest version the store has of each of these keys that it knows.
        of_node: Whether each belongs to a node, so that one unknown to the store comes from another store.
    """

    name: str
    prefix: str
    wanted: tuple[str, ...]
    owner: Callable[[str, int], TopicOwner | None]
    after: Callable[[UnitOfWork, str, int], Sequence[tuple[str, OutboxMessage | None]]]
    present: Callable[[UnitOfWork, str], OutboxMessage | None]
    versions: Callable[[UnitOfWork, Sequence[str]], dict[str, int]]
    of_node: bool = True

    def name_of(self, key: str) -> str:
        """Return the prefix of the ids of the events of a key, before the version."""
        return key.removeprefix(self.prefix).replace("/", "-")


def _ticket_owner(topic: str, node: int) -> TopicOwner | None:
    branch, room, leaf, *rest = [*topic.split("/"), "", ""]
    if branch != "rooms" or leaf not in {"tickets", "copies"} or not rest:
        return None
    number = topic.rpartition("/")[2]
    if numbers.valid(number) and numbers.node_of(number) != node:
        return None  # another node's, with a store of its own
    return TopicOwner(number, room)


def _tickets_after(uow: UnitOfWork, key: str, count: int) -> list[tuple[str, OutboxMessage | None]]:
    some = uow.tickets.open_after(number=key, count=count)
    return [(number, _MESSAGES.of_ticket(*kept) if kept else None) for number, kept in some]


def _ticket_message(uow: UnitOfWork, key: str) -> OutboxMessage | None:
    kept = uow.tickets.kept(key)
    return _MESSAGES.of_ticket(*kept) if kept else None


def _alerts_after(uow: UnitOfWork, key: str, count: int) -> list[tuple[str, OutboxMessage | None]]:
    return [(found, _MESSAGES.of_alert(version)) for found, version in uow.alerts.standing_after(key, count)]


def _alert_message(uow: UnitOfWork, key: str) -> OutboxMessage | None:
    version = uow.alerts.standing(key)
    return _MESSAGES.of_alert(version) if version else None


def _task_parts_after(uow: UnitOfWork, key: str, count: int) -> list[tuple[str, OutboxMessage | None]]:
    some = uow.tasks.open_after(key, count)
    return [(found, _MESSAGES.of_task_part(*kept) if kept else None) for found, kept in some]


def _task_part_message(uow: UnitOfWork, key: str) -> OutboxMessage | None:
    kept = uow.tasks.kept(key)
    return _MESSAGES.of_task_part(*kept) if kept else None


def _notices_after(uow: UnitOfWork, key: str, count: int) -> list[tuple[str, OutboxMessage | None]]:
    some = uow.notices.published_after(key.removeprefix(notice_repository.KEY), count)
    return [(notice_repository.key_of(found), _MESSAGES.of_notice(kept) if kept else None) for found, kept in some]


def _notice_message(uow: UnitOfWork, key: str) -> OutboxMessage | None:
    kept = uow.notices.published_one(key.removeprefix(notice_repository.KEY))
    return _MESSAGES.of_notice(kept) if kept else None


def _notice_versions(uow: UnitOfWork, keys: Sequence[str]) -> dict[str, int]:
    known = uow.notices.versions([key.removeprefix(notice_repository.KEY) for key in keys])
    return {notice_repository.key_of(found): version for found, version in known.items()}


def _notice_owner(topic: str, node: int) -> TopicOwner | None:
    branch, _, notice_id = topic.partition("/")
    if branch != "notices" or not notice_id.startswith(f"{node}-"):
        return None  # another node's, with a store of its own
    return TopicOwner(notice_repository.key_of(notice_id), STATE_ROOM)


def _alert_owner(topic: str, _node: int) -> TopicOwner | None:
    branch, kind, room = [*topic.split("/", 2), "", ""][:3]
    if branch != "alerts" or kind == topics.PARKED:  # those are the outbox's own: a refused message cannot wait in it
        return None
    return TopicOwner(f"{alert_repository.KEY}{kind}/{room}", room)


def _task_owner(topic: str, node: int) -> TopicOwner | None:
    branch, room, leaf, task_id = [*topic.split("/", 3), "", "", ""][:4]
    if branch != "rooms" or leaf != "tasks" or not task_id.startswith(f"{node}-"):
        return None  # another node's, with a store of its own
    return TopicOwner(task_repository.key_of(task_id, room), room)


FAMILIES = (
    RetainedKind(
        "tickets",
        "",
        (topics.ALL_TICKETS, topics.ALL_COPIES),
        _ticket_owner,
        _tickets_after,
        _ticket_message,
        lambda uow, numbers: uow.tickets.versions(numbers),
    ),
    RetainedKind(
        "alerts",
        alert_repository.KEY,
        (topics.ALL_ALERTS,),
        _alert_owner,
        _alerts_after,
        _alert_message,
        lambda uow, keys: uow.alerts.versions(keys),
        of_node=False,
    ),
    RetainedKind(
        "tasks",
        task_repository.KEY,
        (topics.ALL_TASKS,),
        _task_owner,
        _task_parts_after,
        _task_part_message,
        lambda uow, keys: uow.tasks.versions(keys),
    ),
    RetainedKind(
        "notices",
        notice_repository.KEY,
        (topics.ALL_NOTICES,),
        _notice_owner,
        _notices_after,
        _notice_message,
        _notice_versions,
    ),
)

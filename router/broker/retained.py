"""The families of what lies retained at the broker: for each, what the store says and what is its own to clear.

A new family is one entry in ``FAMILIES``: after each connect it is read back and put right like the tickets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from router.broker import topics
from router.broker.messages import present_message
from router.store import alert_rows, task_rows, ticket_rows
from router.tickets import number as numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

    from router.store.outbox_rows import Message


class Owner(NamedTuple):
    """Whose a topic is.

    Attributes:
        key: The outbox key: a ticket's number, ``alert/<kind>/<room>``.
        room: The room it tells something.
    """

    key: str
    room: str


@dataclass(frozen=True, slots=True)
class Family:
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
        of_node: Whether each belongs to a node, so that one the store does not know was told by another store.
    """

    name: str
    prefix: str
    wanted: tuple[str, ...]
    owner: Callable[[str, int], Owner | None]
    after: Callable[[sa.Connection, str, int], Sequence[tuple[str, Message | None]]]
    present: Callable[[sa.Connection, str], Message | None]
    versions: Callable[[sa.Connection, Sequence[str]], dict[str, int]]
    of_node: bool = True

    def name_of(self, key: str) -> str:
        """Return what the ids of the events of a key begin with, before the version."""
        return key.removeprefix(self.prefix).replace("/", "-")


def _ticket_owner(topic: str, node: int) -> Owner | None:
    branch, room, leaf, *rest = [*topic.split("/"), "", ""]
    if branch != "rooms" or leaf not in {"tickets", "copies"} or not rest:
        return None
    number = topic.rpartition("/")[2]
    if numbers.valid(number) and numbers.node_of(number) != node:
        return None  # another node's, with a store of its own
    return Owner(number, room)


def _tickets_after(connection: sa.Connection, key: str, count: int) -> list[tuple[str, Message | None]]:
    some = ticket_rows.open_after(connection, number=key, count=count)
    return [(number, present_message(kept.ticket, kept.document) if kept else None) for number, kept in some]


def _ticket_message(connection: sa.Connection, key: str) -> Message | None:
    kept = ticket_rows.kept(connection, key)
    return present_message(kept.ticket, kept.document) if kept else None


def _alert_owner(topic: str, _node: int) -> Owner | None:
    branch, kind, room = [*topic.split("/", 2), "", ""][:3]
    if branch != "alerts" or kind == topics.PARKED:  # those are the outbox's own: what is refused cannot wait in it
        return None
    return Owner(f"{alert_rows.KEY}{kind}/{room}", room)


def _task_owner(topic: str, node: int) -> Owner | None:
    branch, room, leaf, task_id = [*topic.split("/", 3), "", "", ""][:4]
    if branch != "rooms" or leaf != "tasks" or not task_id.startswith(f"{node}-"):
        return None  # another node's, with a store of its own
    return Owner(task_rows.key_of(task_id, room), room)


FAMILIES = (
    Family(
        "tickets",
        "",
        (topics.ALL_TICKETS, topics.ALL_COPIES),
        _ticket_owner,
        _tickets_after,
        _ticket_message,
        ticket_rows.versions,
    ),
    Family(
        "alerts",
        alert_rows.KEY,
        (topics.ALL_ALERTS,),
        _alert_owner,
        alert_rows.messages_after,
        alert_rows.message_of,
        alert_rows.versions,
        of_node=False,
    ),
    Family(
        "tasks",
        task_rows.KEY,
        (topics.ALL_TASKS,),
        _task_owner,
        task_rows.messages_after,
        task_rows.message_of,
        task_rows.versions,
    ),
)

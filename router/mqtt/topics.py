"""Topic names, relative to the root in the settings. Rows and code hold them without the root."""

from __future__ import annotations

import re

_ID = re.compile(r"[a-z0-9-]+")
_UNIQUEID = re.compile(r"[A-Za-z0-9.-]+")

ROOMS = "rooms/"
"""Prefix of the topics of a room's branch."""
ALL_TICKETS = "rooms/+/tickets/#"
ALL_STOCK = "rooms/+/stock/+"
ALL_TASKS = "rooms/+/tasks/+"
ALL_COPIES = "rooms/+/copies/#"
ALL_SUMMARIES = "rooms/+/summary"
ALL_COMMANDS = "rooms/+/commands"
ALL_OPERATOR_COMMANDS = "operators/+/commands"
WARROOM_OPERATOR = "warroom"
"""The operator's id under which the war room's own screens and the command line speak, by the router's account."""
ALL_PRESENCE = "rooms/+/presence/+"
ALL_ALERTS = "alerts/#"
ALL_NODES = "nodes/+"
ALL_QUEUES = "queues/+"
ALL_TRUNKS = "trunks/+"
ALL_CALLBACKS = "callbacks/+"
ALL_NOTICES = "notices/+"
PARKED = "parked"
"""The kind of alert that the broker refuses tickets of a room."""
READ_BY_BOARD = (
    "rooms/#",
    "alerts/#",
    ALL_NODES,
    "operators/#",
    "queues/#",
    "callbacks/#",
    "trunks/#",
    ALL_NOTICES,
)
"""What the process of the screens reads."""
BOARD_MARKS = "board/mark"
"""Marks by which the screens' process ends its reading of retained messages; never retained."""


def under(root: str, topic: str) -> str:
    """Return the topic as the broker knows it."""
    return f"{root}/{topic}"


def below(root: str, topic: str) -> str:
    """Return a broker's topic without our root."""
    return topic.removeprefix(f"{root}/")


def ticket(room: str, desk: str, number: str) -> str:
    """Where a ticket lies, retained.

    Raises:
        ValueError: an id has a character that has a meaning in topics or ACLs.
    """
    return f"rooms/{_id(room)}/tickets/{_id(desk)}/{_id(number)}"


def copy(room: str, desk: str, number: str) -> str:
    """Where a ticket lies, retained, for a desk that is to know of it and does not act on it.

    Raises:
        ValueError: an id has a character that has a meaning in topics or ACLs.
    """
    return f"rooms/{_id(room)}/copies/{_id(desk)}/{_id(number)}"


def summary(room: str) -> str:
    """Where the list of a room's open tickets lies, retained."""
    return f"rooms/{_id(room)}/summary"


def commands(room: str) -> str:
    """Commands of a room about its tickets; never retained."""
    return f"rooms/{_id(room)}/commands"


def replies(room: str) -> str:
    """Replies to a room's commands; a client may ask for topics of its own below it."""
    return f"rooms/{_id(room)}/replies"


def schema(name: str) -> str:
    """Where the JSON Schema of a payload lies, retained."""
    return f"schema/{_id(name)}"


def catalogue(name: str) -> str:
    """Where a list of ids lies, retained."""
    return f"catalogue/{_id(name)}"


def task(room: str, task_id: str) -> str:
    """Where a room's part of a task of the war room lies, retained until it is done."""
    return f"rooms/{_id(room)}/tasks/{_id(task_id)}"


def node(number: int) -> str:
    """Where a node says how it is, retained; its last will lies there too."""
    return f"nodes/{number}"


def presence(room: str, client: str) -> str:
    """Where a client of a room says whether it is there, retained; its last will lies there too."""
    return f"rooms/{_id(room)}/presence/{_id(client)}"


def read_back_mark(number: int) -> str:
    """Marks by which a node ends its reading of retained messages; never retained."""
    return f"nodes/{number}/read-back"


def store_mark(number: int) -> str:
    """The high-water mark of a node's store, retained: all other retained messages belong to that store."""
    return f"nodes/{number}/store"


def alert(kind: str, room: str) -> str:
    """Where something is said to a room until it ends, retained.

    Raises:
        ValueError: an id has a character that has a meaning in topics or ACLs.
    """
    return f"alerts/{_id(kind)}/{_id(room)}"


def operator(operator_id: str) -> str:
    """An operator's branch; it is the name of the operator's account at the broker too, which no room can have."""
    return f"operators/{_id(operator_id)}"


def operator_commands(operator_id: str) -> str:
    """Commands of an operator about calls; never retained."""
    return f"{operator(operator_id)}/commands"


def operator_replies(operator_id: str) -> str:
    """Replies to an operator's commands; a client may ask for topics of its own below it."""
    return f"{operator(operator_id)}/replies"


def operator_calls(operator_id: str) -> str:
    """Where the call in an operator's hand lies, retained."""
    return f"{operator(operator_id)}/calls"


def operator_state(operator_id: str) -> str:
    """Where it says how an operator stands (at work, paused and why), retained."""
    return f"{operator(operator_id)}/state"


def queue(name: str) -> str:
    """Where it says how many wait in a queue of operators, retained."""
    return f"queues/{_id(name)}"


def trunk(name: str) -> str:
    """Where it says how many channels of a trunk are in use, retained."""
    return f"trunks/{_id(name)}"


def notice(notice_id: str) -> str:
    """Where a notice to the public lies, retained while it is published."""
    return f"notices/{_id(notice_id)}"


def callback(call: str) -> str:
    """Where a citizen lies whom an operator is to call back, retained; by the unique id of the citizen's call.

    Raises:
        ValueError: it has a character that no unique id of Asterisk's has.
    """
    if not _UNIQUEID.fullmatch(call):
        raise ValueError(f"{call!r} is not the unique id of a call")
    return f"callbacks/{call}"


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is not an id: only a-z, 0-9 and - can stand in a topic")
    return text

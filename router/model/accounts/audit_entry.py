"""An entry of the audit log, chained to the one before it by a hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

GENESIS = "0" * 64
"""What stands in the place of the hash before the first entry."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What somebody saw or did: names of fields and numbers of tickets, never a telephone number or a text.

    Attributes:
        at: ISO 8601 in UTC with microseconds.
        user: Who; empty: nobody was signed in.
        role: As what.
        address: The network address it came from; ``console`` for a command of this machine.
        session: The session's short name; empty: none.
        action: What was done, such as ``sign-in``, ``view``, ``export`` or a command's action.
        target: The view, room or account that it was done to.
        tickets: Numbers of the tickets seen or changed.
        fields: Names of the fields seen or changed.
        reason: What was given as reason, without digits that could be a telephone number.
    """

    at: str
    user: str
    role: str
    address: str
    session: str
    action: str
    target: str = ""
    tickets: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry in its place in the chain.

    Attributes:
        id: Counts from 1 without gaps.
        entry: What it says.
        previous: The hash of the entry before it.
        hash: Its own, of all the others.
    """

    id: int
    entry: AuditEntry
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditChain:
    """Both ends of the chain, kept apart from the entries: what was cut off at either end is missed.

    Attributes:
        last_id: Of the newest entry; 0: there has been none.
        last_hash: Of the newest entry.
        removed_id: Of the newest entry that retention has removed; 0: none.
        removed_hash: Of that entry: what the oldest one left is chained to.
    """

    last_id: int = 0
    last_hash: str = GENESIS
    removed_id: int = 0
    removed_hash: str = GENESIS


def hash_of(number: int, entry: AuditEntry, previous: str) -> str:
    """Return the hash of an entry: SHA-256 of its number, its contents and the hash before it, as JSON."""
    text = json.dumps([number, asdict(entry), previous], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()

"""Mosquitto's configuration files: listeners, accounts and access control."""

from __future__ import annotations

import base64
import hashlib
import secrets
from types import MappingProxyType
from typing import TYPE_CHECKING

from router.geo import STATE_ROOM
from router.mqtt import topics
from router.mqtt.mosquitto.connections import LOG_TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from router.settings import BrokerSettings

ROUTER_ACCOUNT = "router"
"""The account of this program; a room's account bears the room's id."""
BOARD_ACCOUNT = "board"
"""The account of the process of the screens."""
OURS = (ROUTER_ACCOUNT, BOARD_ACCOUNT)
"""Accounts of our own processes."""

LOCAL = "local"
"""The admin's folder beside the configuration: its ``*.conf`` are read and never written. It must be there."""
CERTIFICATE = "tls.crt"
KEY = "tls.key"
"""Copies of the admin's files beside the configuration: Mosquitto reads them as its own user, at each SIGHUP anew."""
CONNECTIONS = 20_000
"""At once, silent ones of strangers among them; each costs some kilobytes. The descriptors of the process must be more,
else the broker stops to accept anybody."""

_QUEUED_MESSAGES = 100_000  # Mosquitto's own 1,000 drops the rest silently, retained ones on subscribe included
_QUEUED_BYTES = 256 * 1024 * 1024  # 100,000 tickets of 2 KB and a reserve
_PACKET_BYTES = 2 * 1024 * 1024  # a summary of 80,000 tickets; without a limit a packet may have 256 MB
_AUTOSAVE_S = 60  # what a killed broker forgets is read back and put right; this only shortens the work
_ROUNDS = 101  # of PBKDF2, as mosquitto_passwd: the passwords are long and random
_SALT_BYTES = 12  # as mosquitto_passwd


def broker_files(
    settings: BrokerSettings,
    directory: Path,
    *,
    passwords: Mapping[str, str],
    rooms: Iterable[str],
    watched: Mapping[str, Iterable[str]] = MappingProxyType({}),
    operators: Iterable[str] = (),
    connections: int = CONNECTIONS,
) -> dict[str, str]:
    """Return the text of ``mosquitto.conf``, ``passwd`` and ``acl``, by file name.

    Args:
        settings: Where the broker listens and our root.
        directory: Where these files, and the broker's own memory, lie; absolute, writable by the broker's user only.
        passwords: By account: ``router``, ``board``, every room's id, every operator's ``topics.operator(id)``.
        rooms: The rooms' ids.
        watched: Whose alerts, presence and summary a room sees besides its own, ``+`` for all rooms'.
        operators: The operators' ids.
        connections: How many at once.

    Raises:
        KeyError: an account has no password.
        ValueError: an operator's id is none, or the war room's own.
    """
    ids = tuple(rooms)
    branches = tuple(_branch(operator) for operator in operators)
    return {
        "mosquitto.conf": configuration(settings, directory, connections),
        "passwd": "".join(f"{name}:{hashed(passwords[name])}\n" for name in (*OURS, *ids, *branches)),
        "acl": access_list(settings.topic_root, ids, watched, branches),
    }


def configuration(settings: BrokerSettings, directory: Path, connections: int = CONNECTIONS) -> str:
    """Return ``mosquitto.conf``.

    ``local/`` is included last: what stands there without a ``listener`` before it is about the one on loopback. Each
    listener has no rules but its own (``per_listener_settings``), so that an admin's cannot loosen ours.
    """
    tls = settings.tls
    # without socket_domain a listener for WebSockets is bound on all addresses, whatever stands behind its port
    web = f"protocol websockets\nsocket_domain {'ipv6' if ':' in tls.bind else 'ipv4'}\n"
    outside = [(tls.port, ""), *([(tls.websockets_port, web)] if tls.websockets_port else [])]
    share = connections // (1 + len(outside)) if tls.enabled else connections
    listeners = [
        _listener(port, tls.bind, directory, share, f"{protocol}{_tls_lines(directory)}")
        for port, protocol in outside
        if tls.enabled
    ]
    return f"""\
# Written by the program on every start; changes are lost. What is yours goes into a file local/*.conf beside this one.
per_listener_settings true

persistence true
persistence_location {directory}/
autosave_interval {_AUTOSAVE_S}
# what waits for a room that is away, or reads slowly; beyond this Mosquitto drops without a word
max_queued_messages {_QUEUED_MESSAGES}
max_queued_bytes {_QUEUED_BYTES}
# a client away for longer starts again from what is retained
persistent_client_expiration 7d
max_packet_size {_PACKET_BYTES}
set_tcp_nodelay true

log_dest stderr
log_timestamp_format %Y-%m-%d %H:%M:%S %z
log_type error
log_type warning
log_type notice
# the router reads there who connects and goes: a client that says goodbye triggers no last will
log_dest topic

{"".join(listeners)}{_listener(settings.port, settings.host, directory, share)}
include_dir {directory}/{LOCAL}
"""


def _listener(port: int, host: str, directory: Path, connections: int, more: str = "") -> str:
    return f"""\
listener {port} {host}
{more}max_connections {connections}
allow_anonymous false
allow_zero_length_clientid false
password_file {directory}/passwd
acl_file {directory}/acl

"""


def _tls_lines(directory: Path) -> str:
    return f"certfile {directory}/{CERTIFICATE}\nkeyfile {directory}/{KEY}\ntls_version tlsv1.2\n"


def access_list(
    root: str, rooms: Iterable[str], watched: Mapping[str, Iterable[str]], operators: Iterable[str] = ()
) -> str:
    """Return the ACL.

    The router reads and writes all, and reads the broker's log of connections. A room reads its branch, its alerts and
    the notices to the public, and writes what is its own to say; one that watches others reads of them what holds
    nothing personal. The state's room is the war room: it judges what other rooms propose, so it reads their tickets
    too. An operator, by the name of its branch, reads the branch and gives commands in it. The screens read what any of
    these reads, and say what any of them may say.
    """
    parts = [
        f"user {ROUTER_ACCOUNT}\ntopic readwrite {root}/#\ntopic read {LOG_TOPIC}\n",
        f"\nuser {BOARD_ACCOUNT}\n",
        *(f"topic read {root}/{wanted}\n" for wanted in topics.READ_BY_BOARD),
        f"topic readwrite {root}/{topics.BOARD_MARKS}\n",
        *(
            f"topic write {root}/{topic}\n"
            for topic in (topics.ALL_COMMANDS, topics.ALL_PRESENCE, topics.ALL_STOCK, topics.ALL_OPERATOR_COMMANDS)
        ),
    ]
    for room in rooms:
        parts.append(
            f"""
user {room}
topic read {root}/rooms/{room}/#
topic read {root}/alerts/+/{room}
topic read {root}/schema/#
topic read {root}/catalogue/#
topic read {root}/{topics.ALL_NOTICES}
topic read {root}/nodes/+
topic write {root}/rooms/{room}/commands
topic write {root}/rooms/{room}/presence/+
topic write {root}/rooms/{room}/stock/+
"""
        )
        parts += [
            f"""\
topic read {root}/alerts/+/{other}
topic read {root}/rooms/{other}/summary
topic read {root}/rooms/{other}/presence/+
"""
            for other in watched.get(room, ())
        ]
    parts += [
        f"""
user {branch}
topic read {root}/{branch}/#
topic read {root}/schema/#
topic write {root}/{branch}/commands
"""
        for branch in operators
    ]
    parts.append(
        f"""
user {STATE_ROOM}
topic read {root}/{topics.ALL_TICKETS}
"""
    )
    return "".join(parts)


def _branch(operator: str) -> str:
    if operator == topics.WARROOM_OPERATOR:
        raise ValueError(f"operator {operator!r}: this id is the war room's own; choose another")
    return topics.operator(operator)


def hashed(password: str) -> str:
    """Return a password as Mosquitto keeps it: PBKDF2 with SHA-512, form ``$7$rounds$salt$hash``.

    Made here and not by ``mosquitto_passwd``, so that no password stands on a command line.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"

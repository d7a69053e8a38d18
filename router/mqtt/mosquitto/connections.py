"""Connected clients, from the connection log that Mosquitto publishes.

Mosquitto sends each line of its log on ``$SYS/broker/log/<type>`` too (``log_dest topic``, mosquitto.conf(5)); connects
and disconnects are notices. A client that says goodbye triggers no last will (MQTT 5, 3.14.4): this log alone tells
that it has gone. The lines are those of Mosquitto 2.0 (src/handle_connect.c, src/loop.c); a client's id, which it
chooses itself, stands between fixed words, and the account, which it cannot choose, at the end.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

LOG_TOPIC: Final = "$SYS/broker/log/N"
"""Where Mosquitto publishes its notices."""

_STAMP: Final = r"(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}: |\d+: )?"  # log_timestamp_format, or seconds since 1970
_CAME: Final = re.compile(
    _STAMP + r"New client connected from \S+ as (.*) \(p\d, c\d, k\d+(?:, u'([^']*)')?\)\.", re.DOTALL
)
_WENT: Final = re.compile(
    _STAMP + r"(?:Client (.*) (?:disconnected(?:\.|: .*\.|, .*\.| due to .*\.)|closed its connection\.|"
    r"has exceeded timeout, disconnecting\.|been disconnected by administrative action\.)|"
    r"Bad socket read/write on client (.*): [^:]*)",
    re.DOTALL,
)


class Came(NamedTuple):
    """A client has connected.

    Attributes:
        client: Its id.
        account: The account that it signed in with.
    """

    client: str
    account: str


class Went(NamedTuple):
    """A client has gone, in whichever way.

    Attributes:
        client: Its id.
    """

    client: str


def read_line(line: str) -> Came | Went | None:
    """A line of the log about a connection; None for any other line."""
    if came := _CAME.fullmatch(line):
        return Came(came[1], came[2] or "")
    if went := _WENT.fullmatch(line):
        return Went(went[1] or went[2] or "")
    return None

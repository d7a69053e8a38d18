"""What of a browser's SIP is passed on: sound messages, in the name of who is signed in, and not too many."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from router.errors import WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MESSAGE: Final = 16_384
"""Bytes of a SIP message: an offer with all its ICE candidates has 3 kB."""
RATE_PER_S: Final = 20.0
"""Messages a second, on average..."""
BURST: Final = 100
"""...and at once: a call's first second has some ten, a browser that has been offline sends what it has kept."""

_REQUEST: Final = re.compile(r"([A-Z]{2,20}) sips?:[^\s\x00-\x1f]{1,200} SIP/2\.0")
_RESPONSE: Final = re.compile(r"SIP/2\.0 [1-6][0-9]{2} [^\r\n\x00]{0,200}")
_METHODS: Final = frozenset(("REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "PRACK", "INFO"))
"""What our telephones have to say. REFER, MESSAGE, SUBSCRIBE and PUBLISH are ways in that nobody needs."""
_ADDRESS: Final = re.compile(
    r"""(?:"[^"\\<>]{0,200}"|[\w .'-]{0,200})[ ]?"""  # a name
    r"""<sips?:(?P<user>[^\s@:;<>"]{1,60})@[^\s<>"]{1,200}>(?P<parameters>[^<>"]*)"""
)
"""A From or To in brackets, as JsSIP writes them (RFC 3261 20.10)."""
_TAG: Final = re.compile(r";[ ]?tag=", re.IGNORECASE)
_LONG: Final = {"f": "from", "t": "to"}
_KEEP_ALIVE: Final = frozenset(("\r\n\r\n", "\r\n"))


class SipRefusedError(WarroomError):
    """A message that is not passed on; the text says why, without anything of the message."""


class SipFloodError(SipRefusedError):
    """More messages than a telephone sends."""


class SipGuard:
    """Looks at each message that one browser sends.

    Args:
        user: The account of the operator who is signed in.
        clock: Seconds, monotonic.
    """

    def __init__(self, user: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._user = user
        self._clock = clock
        self._allowance = float(BURST)
        self._last = clock()

    def check(self, message: str) -> bool:
        """Return whether a message is passed on: not a keep-alive (RFC 5626 3.5.1), which ends here.

        Raises:
            SipRefusedError: It must not be.
        """
        self._count()
        if len(message.encode("utf-8", "surrogatepass")) > MAX_MESSAGE:
            raise SipRefusedError("a message is too long")
        if message in _KEEP_ALIVE:
            return False
        head = message.partition("\r\n\r\n")[0]
        first, _, rest = head.partition("\r\n")
        if _RESPONSE.fullmatch(first):
            return True
        request = _REQUEST.fullmatch(first)
        if request is None:
            raise SipRefusedError("no SIP message")
        if request[1] not in _METHODS:
            raise SipRefusedError(f"{request[1]} is not for a telephone")
        self._check_names(request[1], _headers(rest))
        return True

    def _check_names(self, method: str, headers: dict[str, list[str]]) -> None:
        """Within a call the names are those Asterisk gave it; the call's tags are known to its two parties alone."""
        sender, addressee = _address(headers, "from"), _address(headers, "to")
        within_a_call = bool(_TAG.search(addressee["parameters"]))
        if method == "REGISTER":
            allowed = sender["user"] == addressee["user"] == self._user
        else:
            allowed = within_a_call or sender["user"] == self._user
        if not allowed:
            raise SipRefusedError(f"{method} in another's name")

    def _count(self) -> None:
        now = self._clock()
        self._allowance = min(float(BURST), self._allowance + (now - self._last) * RATE_PER_S)
        self._last = now
        if self._allowance < 1:
            raise SipFloodError("too many messages")
        self._allowance -= 1


def _address(headers: dict[str, list[str]], name: str) -> re.Match[str]:
    found = headers.get(name, [])
    if len(found) != 1 or (address := _ADDRESS.fullmatch(found[0])) is None:
        raise SipRefusedError(f"{name} cannot be read")
    return address


def _headers(text: str) -> dict[str, list[str]]:
    """Headers by their long name in lower case; a line that begins with a blank goes on (RFC 3261 7.3.1)."""
    found: dict[str, list[str]] = {}
    for line in re.sub(r"\r\n[ \t]+", " ", text).split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.strip(" \t").lower()
        if not colon or "\n" in line or "\r" in line or "\0" in line:
            raise SipRefusedError("a header that cannot be read")
        found.setdefault(_LONG.get(name, name), []).append(value.strip(" \t"))
    return found

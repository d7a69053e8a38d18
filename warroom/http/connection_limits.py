"""Connection limits: the connection idle longest is closed for a new one, first of the same address.

A connection costs a client nothing, and there are only so many. So none is refused for those that do nothing: when an
address has its share, or all are taken, the connection that has waited longest for its client is closed. One whose
last request had a valid key is not counted and not closed, as long as others are there.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, Protocol

from router.intake.source import source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHARE: Final = 4
"""One address may hold one in so many connections; four have to work together to make others wait."""


class Connection(Protocol):
    """One connection."""

    @property
    def address(self) -> str:
        """Whose it is, as the socket says."""

    @property
    def keyed(self) -> bool:
        """Whether its last request had a valid key."""

    @property
    def waits_since(self) -> float | None:
        """Since when it waits for its client, in monotonic seconds; None while it is being answered."""

    def leave(self) -> None:
        """Close it."""


class ConnectionLimiter:
    """All connections.

    Args:
        most: At once.
        proxies: Networks of reverse proxies, which speak for many.
    """

    def __init__(self, most: int, proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = ()) -> None:
        self._most = most
        self._share = max(1, most // SHARE)
        self._proxies = proxies
        self._guests: set[Connection] = set()

    def join(self, guest: Connection) -> None:
        """Let a connection in; another is closed for it if need be."""
        if not self._is_proxy(guest.address):
            place = source(guest.address)
            beside = [one for one in self._guests if not one.keyed and source(one.address) == place]
            if len(beside) >= self._share:
                self._make_room(beside)
        if len(self._guests) >= self._most - 1:  # the server answers 503 from the last one on
            self._make_room([one for one in self._guests if not one.keyed] or self._guests)
        self._guests.add(guest)

    def leave(self, guest: Connection) -> None:
        """Note that a connection is closed."""
        self._guests.discard(guest)

    def _make_room(self, among: Iterable[Connection]) -> None:
        waiting = [(since, id(one), one) for one in among if (since := one.waits_since) is not None]
        if waiting:
            _, _, longest = min(waiting)
            self._guests.discard(longest)
            longest.leave()

    def _is_proxy(self, address: str) -> bool:
        return any(ipaddress.ip_address(address) in network for network in self._proxies)

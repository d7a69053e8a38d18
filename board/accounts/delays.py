"""Growing delays between wrong passwords, by account and by address.

Nobody is locked out: not a whole office behind one address, and not an account at the place it was last used from.
"""

from __future__ import annotations

import contextlib
import ipaddress
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Limit(NamedTuple):
    """How a delay grows.

    Attributes:
        free: So many wrong passwords cost nothing.
        first_s: Seconds after the next; each further one doubles them.
        longest_s: Seconds at most.
    """

    free: int
    first_s: float
    longest_s: float


FROM_LAST_PLACE: Final = Limit(3, 1, 15)
"""An account at the address it was last used from: a short wait, whatever others try elsewhere."""
OF_ACCOUNT: Final = Limit(3, 1, 300)
"""An account from all other addresses together: some 300 guesses a day, against ten characters and more."""
OF_ADDRESS: Final = Limit(20, 1, 30)
"""An address, all accounts together; an office of many people mistypes now and then."""
FORGOTTEN_AFTER_S: Final = 3600.0
"""Without another wrong password for so long, counting begins anew."""
MAX_KEPT: Final = 20_000
"""Accounts and addresses that are remembered, 2 MB; of more the oldest are forgotten."""
_IPV6_SITE: Final = 64  # one customer has at least this network


class _Failures(NamedTuple):
    wrong: int
    last: float


class Attempt:
    """A password that is being checked.

    Attributes:
        right: Set when it is right.
    """

    right = False


class SignInDelays:
    """Counts wrong passwords.

    Args:
        now: Steady seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def wait_s(self, user: str, address: str, last_address: str) -> float:
        """Return how many seconds an attempt comes too early; 0: it may be made.

        Args:
            user: The name that was typed, whether there is such an account or not.
            address: Where the attempt comes from.
            last_address: Where the account was last signed in from; empty: never, or no such account.
        """
        return max(self._left(key, limit) for key, limit in _counted(user, address, last_address))

    @contextlib.contextmanager
    def attempt(self, user: str, address: str, last_address: str) -> Iterator[Attempt]:
        """Count a password as wrong from before it is checked until it is known to be right.

        Else of many that are sent at once each would pass for the first. One that raised was not checked, and does
        not count.
        """
        counted = _counted(user, address, last_address)
        before = {key: self._failures.get(key) for key, _ in counted}
        self.failed(user, address, last_address)
        during = {key: self._failures.get(key) for key, _ in counted}
        attempt = Attempt()
        try:
            yield attempt
        except BaseException:
            self._take_back(before, during)
            raise
        if attempt.right:
            self._take_back(before, during)
            self.succeeded(user, address, last_address)

    def _take_back(
        self, before: dict[tuple[str, str], _Failures | None], during: dict[tuple[str, str], _Failures | None]
    ) -> None:
        for key, was in before.items():
            now = self._failures.get(key)
            if now is None:
                continue
            if now is not during[key]:  # others came meanwhile
                self._failures[key] = now._replace(wrong=now.wrong - 1)
            elif was is None:
                del self._failures[key]
            else:
                self._failures[key] = was

    def failed(self, user: str, address: str, last_address: str) -> None:
        """Count a wrong password."""
        for key, _ in _counted(user, address, last_address):
            count = self._count(key) + 1
            self._failures[key] = _Failures(count, self._now())
            self._failures.move_to_end(key)
        while len(self._failures) > MAX_KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, user: str, address: str, last_address: str) -> None:
        """Forget the wrong passwords of an account; those of its address stay."""
        for key, _ in _counted(user, address, last_address):
            if key[0] != "address":
                self._failures.pop(key, None)

    def _count(self, key: tuple[str, str]) -> int:
        failures = self._failures.get(key)
        return failures.wrong if failures and self._now() - failures.last < FORGOTTEN_AFTER_S else 0

    def _left(self, key: tuple[str, str], limit: Limit) -> float:
        over = self._count(key) - limit.free
        if over < 0:
            return 0.0
        delay = min(limit.first_s * 2.0 ** min(over, 30), limit.longest_s)
        return max(0.0, self._failures[key].last + delay - self._now())


def _counted(user: str, address: str, last_address: str) -> list[tuple[tuple[str, str], Limit]]:
    name, site = user.casefold()[:64], _site(address)
    if last_address and _site(last_address) == site:
        return [(("last place", name), FROM_LAST_PLACE)]
    return [(("account", name), OF_ACCOUNT), (("address", site), OF_ADDRESS)]


def _site(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_SITE), strict=False))

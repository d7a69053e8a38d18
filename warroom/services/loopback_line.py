"""The trunk by which a test call comes in: one of those in force whose calls come from an address of this machine."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, NamedTuple

from router.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.trunks.schema import Trunk, Trunks

_LOOPBACK: Final = ipaddress.IPv4Network("127.0.0.0/8")
_STATE: Final = "181"  # the helpline that is tried where nothing else is asked for

_MEANINGS: Final = {
    401: "no trunk in force takes calls from this address; see: warroom trunks list",
    403: "the exchange takes no such call; see: warroom doctor",
    404: "no trunk in force has this number in its dids; see: warroom helplines list",
    486: "no line was free, or new calls are refused; see: warroom status and warroom calls live",
    488: "the trunk has no codec that a test call speaks: it needs alaw; see: warroom trunks show",
    503: "the exchange is not ready, or overloaded; see: warroom status",
}


def meaning_of(status: int) -> str:
    """Return the meaning of a SIP status (RFC 3261, 21) with which this exchange rejects a call, and the remedy."""
    return _MEANINGS.get(status, "")


class NoLoopbackLineError(UserError):
    """No trunk in force takes a call from this machine; the text says how to make one."""


class LoopbackLine(NamedTuple):
    """How a test call comes in.

    Attributes:
        trunk: Name of the trunk.
        address: Of this machine, from which its calls come.
        did: The number to dial.
    """

    trunk: str
    address: str
    did: str


def find_loopback_line(trunks: Trunks, did: str | None = None) -> LoopbackLine:
    """Return the first line by which a number, else helpline 181, else any helpline can be called from this machine.

    Args:
        trunks: Those in force.
        did: The number to dial. When no trunk has it, it is dialled by the first line all the same, and refused.

    Raises:
        NoLoopbackLineError: there is none.
    """
    lines = list(_lines(trunks))
    if not lines:
        raise NoLoopbackLineError(
            "no trunk in force takes calls from this machine (127.0.0.0/8, UDP), which a test call needs; add one to "
            'trunks.toml: [[trunk]] name = "loopback", server = "127.0.1.181", channels = 2, dids = { 181 = "181" }, '
            "qualify_s = 0"
        )
    if did is None:
        found = [line for line, helpline in lines if helpline == _STATE] or [line for line, _ in lines]
        return found[0]
    for trunk in trunks.trunk:
        forms = {form for each in trunk.dids for form in trunk.forms(each)} | trunk.dids.keys()
        for line, _ in lines:
            if line.trunk == trunk.name and did in forms:
                return line._replace(did=did)
    return lines[0][0]._replace(did=did)


def _lines(trunks: Trunks) -> Iterator[tuple[LoopbackLine, str]]:
    """Yield each line with the helpline it leads to."""
    for trunk in trunks.trunk:
        address = _address(trunk)
        if address is not None:
            for did, helpline in trunk.dids.items():
                yield LoopbackLine(trunk.name, address, did), helpline


def _address(trunk: Trunk) -> str | None:
    if trunk.transport != "udp":
        return None
    for source in trunk.sources:
        network = ipaddress.ip_network(source, strict=False)
        if isinstance(network, ipaddress.IPv4Network) and network.subnet_of(_LOOPBACK):
            return str(network.network_address if network.num_addresses == 1 else network.network_address + 1)
    return None

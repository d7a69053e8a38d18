"""Identifies a sender when requests or connections are counted by address."""

from __future__ import annotations

import ipaddress

_ONE_HOUSE = 64  # bits: a customer with IPv6 has at least a /64 to choose addresses from (RFC 6177)
UNREADABLE = "unreadable"
"""Shared by all senders without a valid address: a proxy passed on a client's invention."""


def source(address: str) -> str:
    """Return what an address is counted under: IPv4 itself, IPv6 its network of 64 bits.

    Args:
        address: As a socket or a proxy says it.
    """
    try:
        ip = ipaddress.ip_address(address.strip())
    except ValueError:
        return UNREADABLE
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(ip), _ONE_HOUSE), strict=False))

"""Finds trunks whose calls could be forged under the provider's address."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agi.trunks.schema import Trunk


def may_be_forged(trunk: Trunk) -> bool:
    """Whether its calls come by UDP from the internet: one datagram is a call, and nothing has to come back for it.

    A server with a name counts as on the internet.
    """
    return trunk.transport == "udp" and _public(trunk.server.rpartition(":")[0] or trunk.server)


def _public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return True

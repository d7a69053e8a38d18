"""The meaning of a call's hang-up causes: ITU-T Q.850, table 1, as Asterisk reports them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Q850: Final[Mapping[int, str]] = MappingProxyType(
    {
        1: "unallocated number",
        2: "no route to transit network",
        3: "no route to destination",
        16: "normal clearing",
        17: "user busy",
        18: "no user responding",
        19: "no answer from user",
        20: "subscriber absent",
        21: "call rejected",
        22: "number changed",
        26: "non-selected user clearing",
        27: "destination out of order",
        28: "invalid number format",
        29: "facility rejected",
        31: "normal, unspecified",
        34: "no channel available",
        38: "network out of order",
        41: "temporary failure",
        42: "switching equipment congestion",
        44: "requested channel not available",
        47: "resource unavailable",
        50: "facility not subscribed",
        55: "incoming calls barred",
        57: "bearer capability not authorized",
        58: "bearer capability not available",
        63: "service not available",
        65: "bearer capability not implemented",
        69: "facility not implemented",
        79: "service not implemented",
        88: "incompatible destination",
        102: "recovery on timer expiry",
        111: "protocol error",
        127: "interworking",
        255: "not sent: all channels of the trunk were used",
    }
)
"""The last is ours (``WR_UNSENT`` in extensions.conf)."""


def describe_cause(cause: int | None, sip: int = 0) -> str:
    """Return a cause in words, with the status of the SIP answer when there was one; "" when nothing is known."""
    words = [f"cause {cause}, {Q850.get(cause, 'see Q.850')}"] if cause else []
    return ", ".join([*words, f"SIP {sip}"] if sip else words)

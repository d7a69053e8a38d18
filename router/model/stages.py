"""The stages of a ticket, and the transitions allowed between them."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stage(StrEnum):
    """The stage of a ticket."""

    TRIAGE = "triage"
    """No district yet: the state room's desk finds out."""
    ROUTED = "routed"
    """In a room; nobody there has taken it yet."""
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    """The room says that help has come; the citizen is asked. Still open."""
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    """The citizen could not be reached to confirm."""
    REOPENED = "reopened"
    """The citizen says that help has not come."""
    REJECTED = "rejected"
    """With the war room's consent; the citizen is informed."""
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    """The same trouble as another ticket, which goes on."""


_S = Stage
_LEAVES = (_S.REJECTED, _S.WITHDRAWN, _S.MERGED)

STEPS: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {
        _S.TRIAGE: frozenset({_S.ROUTED, *_LEAVES}),
        _S.ROUTED: frozenset({_S.TRIAGE, _S.ROUTED, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.RESOLVED, *_LEAVES}),
        _S.ACKNOWLEDGED: frozenset({_S.TRIAGE, _S.ROUTED, _S.IN_PROGRESS, _S.RESOLVED, *_LEAVES}),
        _S.IN_PROGRESS: frozenset({_S.TRIAGE, _S.ROUTED, _S.RESOLVED, *_LEAVES}),
        _S.RESOLVED: frozenset({_S.CONFIRMED, _S.UNCONFIRMED, _S.REOPENED, _S.MERGED}),
        _S.REOPENED: frozenset({_S.TRIAGE, _S.ROUTED, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.RESOLVED, *_LEAVES}),
        _S.CONFIRMED: frozenset({_S.REOPENED}),
        _S.UNCONFIRMED: frozenset({_S.CONFIRMED, _S.REOPENED}),
        _S.REJECTED: frozenset({_S.REOPENED}),
        _S.WITHDRAWN: frozenset({_S.REOPENED}),
        _S.MERGED: frozenset(set(_S) - {_S.CONFIRMED, _S.UNCONFIRMED, *_LEAVES}),
    }
)
"""From each stage, the stages it may go to. A step to the same stage is a change of room or desk. A merged ticket goes
back, when the merging is undone, to the very stage it had."""

CLOSED: frozenset[Stage] = frozenset({_S.CONFIRMED, _S.UNCONFIRMED, _S.REJECTED, _S.WITHDRAWN, _S.MERGED})
"""The stages that Open311 calls closed; every other one is open."""

NAMES_HI: Mapping[Stage, str] = MappingProxyType(
    {
        _S.TRIAGE: "जाँच में",
        _S.ROUTED: "कक्ष को भेजा गया",
        _S.ACKNOWLEDGED: "कक्ष ने देख लिया",
        _S.IN_PROGRESS: "काम चल रहा है",
        _S.RESOLVED: "कक्ष के अनुसार मदद पहुँची",
        _S.CONFIRMED: "मदद मिलने की पुष्टि हुई",
        _S.UNCONFIRMED: "पुष्टि नहीं हो सकी",
        _S.REOPENED: "फिर से खुला",
        _S.REJECTED: "अस्वीकार",
        _S.WITHDRAWN: "वापस लिया गया",
        _S.MERGED: "दूसरे टिकट में जोड़ा गया",
    }
)
"""The stages as a person in a room reads them."""

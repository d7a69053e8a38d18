"""The record of a call in progress, so that a service that dies loses nothing said so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from router.helpline import HelplineId


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, as far as it has come.

    Attributes:
        uniqueid: Asterisk's id of the channel.
        phone: E.164, None when withheld.
        trouble: Which of the call's troubles this is, from 1; its ticket's source key is ``<uniqueid>/<trouble>``.
        need: The need's id chosen so far.
        district: The district's id confirmed so far.
        started: Aware, UTC.
        ended: None while it runs (or when the service died in it).
        outcome: How it ended: ``ticket``, ``operator``, ``emergency``, ``message`` …; empty while it runs.
    """

    uniqueid: str
    helpline: HelplineId
    did: str
    started: datetime
    phone: str | None = None
    language: str = "hi"
    trouble: int = 1
    need: str | None = None
    district: str | None = None
    ended: datetime | None = None
    outcome: str = ""

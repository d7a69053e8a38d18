"""A report: what is known when a ticket is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from router.tickets.ticket import Channel


@dataclass(frozen=True, slots=True)
class Report:
    """What is known so far; ids as in ``router.geo``.

    Attributes:
        source_key: ``<uniqueid>/<n>`` or ``file/<name>``. Opening twice with the same key returns the same ticket.
        channel: How it came in.
        helpline: ``181``, ``104`` or ``warroom``.
        language: ``hi`` or ``en``.
        need: The need's id, None when the caller went before saying it.
        district: None: the state room finds out.
        zipcode: The PIN code keyed, if any.
        phone: E.164, None when unknown.
        callback_wanted: Whether the citizen may be called on ``phone``.
        state: For somebody stranded outside, the other state's id.
        recordings: File names in the spool.
        call: Asterisk's uniqueid of the call.
        priority: 1 to 4; None: the need's own.
        name: The citizen's.
        address: As written, for somebody who goes there.
        content: A digest of what another program sent: the same source_key with another one is refused.
        same_from: With ``same_since``: a report whose source_key begins so, with the same content, kept since then, is
            this one sent again.
        same_since: See there.
        lat: Degrees north (WGS 84).
        long: Degrees east (WGS 84).
    """

    source_key: str
    channel: Channel
    helpline: str
    language: str = "hi"
    need: str | None = None
    district: str | None = None
    zipcode: str = ""
    phone: str | None = None
    callback_wanted: bool = True
    description: str = ""
    status_notes: str = ""
    state: str | None = None
    recordings: tuple[str, ...] = ()
    call: str = ""
    priority: int | None = None
    name: str = ""
    address: str = ""
    landmark: str = ""
    people: int | None = None
    quantity: str = ""
    content: str = ""
    same_from: str = ""
    same_since: datetime | None = None
    lat: float | None = None
    long: float | None = None

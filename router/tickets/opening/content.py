"""The content of a citizen's request on its way to a ticket: the same fields from the first channel on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from router.helpline import HelplineId
    from router.model.calls.recording_record import NewRecording
    from router.model.stranded import StrandedFacts
    from router.model.ticket import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketContent:
    """One request; ids as in ``router.geo``.

    Attributes:
        source_key: Its key, unique to its channel: ``<uniqueid>/<n>``, ``file/<name>``, ``api/<key>/…``.
            Opening twice with the same key returns the same ticket.
        channel: How it came in.
        helpline: That was called; None when none was.
        language: ``hi`` or ``en``.
        need: The need's id, None when the citizen went before saying it.
        district: None: not said; the state room finds out.
        state: For a citizen stranded outside, the other state's id.
        zipcode: The PIN code, if any.
        address: As written, for the helper who goes there.
        lat: Degrees north (WGS 84).
        long: Degrees east (WGS 84).
        name: The citizen's.
        stranded: Of people far from home: where they belong and what they lack.
        callback_wanted: Whether the citizen may be called.
        status_notes: For the room, on how the report came about.
        recordings: With the facts that their rows keep.
        call: Asterisk's uniqueid of the call.
        priority: 1 to 4; None: the need's own.
        contact: The start of ``source_key``, by which the tickets of a sender without a telephone are found.
        content: A digest of what another program sent: the same source_key with another one is refused.
        same_name: Whether it joins no ticket of the same telephone with another name: in a list of an office one
            telephone may stand for many people.
        same_from: With ``same_since``: a report whose source_key begins so, with the same content, kept since then, is
            this one sent again.
        same_since: See there.
    """

    source_key: str
    channel: Channel
    helpline: HelplineId | None = None
    language: str = "hi"
    need: str | None = None
    district: str | None = None
    state: str | None = None
    zipcode: str = ""
    address: str = ""
    landmark: str = ""
    lat: float | None = None
    long: float | None = None
    name: str = ""
    people: int | None = None
    quantity: str = ""
    stranded: StrandedFacts | None = None
    callback_wanted: bool = True
    status_notes: str = ""
    recordings: tuple[NewRecording, ...] = ()
    call: str = ""
    priority: int | None = None
    contact: str = ""
    content: str = ""
    same_name: bool = False
    same_from: str = ""
    same_since: datetime | None = None

"""The ticket: one request for help by one citizen, as it is stored and as its room sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from router.bounds import KeptMoment  # noqa: TC001  (pydantic reads it)
from router.geo.facilities import ServingPlace  # noqa: TC001  (pydantic reads it)
from router.helpline import HelplineId  # noqa: TC001  (pydantic reads it)
from router.model.stages import CLOSED, Stage
from router.model.stranded import StrandedFacts  # noqa: TC001  (pydantic reads it)

if TYPE_CHECKING:
    from datetime import datetime

RejectionReason = Literal["not-ours", "not-found", "already-helped", "not-needed", "other"]
"""Not a thing the state can give; nobody found there; help had come before; not needed any more; something else."""

Channel = Literal["phone", "voicemail", "whatsapp", "sms", "operator", "api"]


class SlaLimits(BaseModel):
    """Time limits of a ticket's room, in minutes, day and night."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    acknowledge: int = Field(default=120, ge=1)
    """Until the room has taken it; after that it is escalated one level."""
    resolve: int = Field(default=1440, ge=1)
    """Until help has come, from the opening or from the citizen's word that it has not."""
    escalate: int = Field(default=240, ge=1)
    """Once late, it is escalated one more level after each further so many minutes."""


class Ticket(BaseModel):
    """One version of a ticket. Fields that Open311 GeoReport v2 has carry its names.

    A change makes a new version (``version`` one higher, ``updated_datetime`` now); nothing is changed in place.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    service_request_id: str
    """The nine-digit number the citizen got."""
    version: int = Field(ge=1)
    stage: Stage
    level: int = Field(default=1, ge=1, le=4)
    """How far it has been escalated: 1 the room itself, 2 its division, 3 the war room, 4 the secretary."""
    priority: int = Field(ge=1, le=4)
    """1 emergency, 2 high, 3 normal, 4 low."""

    service_code: str
    """The need's id, as in needs.csv."""
    room: str
    desk: str
    copies: tuple[str, ...] = ()
    """Desks that know of it and do not act on it, as ``room/desk``."""
    district: str | None = None
    agency_responsible: str
    """The room's name in English."""

    requested_datetime: KeptMoment
    updated_datetime: KeptMoment
    expected_datetime: KeptMoment | None = None
    """By when help is to have come."""
    limits: SlaLimits = SlaLimits()

    phone: str | None = None
    """E.164; None when the caller withheld it and keyed none."""
    callback_wanted: bool = True
    name: str = ""
    address: str = ""
    landmark: str = ""
    lat: float | None = Field(default=None, ge=-90, le=90)
    """Degrees north (WGS 84), with ``long`` east: where help is needed, when a program sent it."""
    long: float | None = Field(default=None, ge=-180, le=180)
    zipcode: str = ""
    state: str | None = None
    """For a citizen stranded outside: the other state's id."""
    people: int | None = None
    quantity: str = ""
    stranded: StrandedFacts | None = None
    """Of people far from home: where they belong and what they lack."""
    language: str = "hi"

    description: str = ""
    status_notes: str = ""
    for_citizen: str = ""
    """The room's last word to the citizen, who hears it by telephone; all else that the room writes is its own."""
    for_citizen_datetime: KeptMoment | None = None
    """When that was written."""
    notes: tuple[str, ...] = ()
    transcript: str = ""
    transcript_confidence: float | None = None
    """0 to 1; None when nothing has been transcribed."""
    recordings: tuple[str, ...] = ()
    """File names in the spool, oldest first."""
    media_url: str = ""
    pictures: int = 0
    """How many photographs of its citizen lie at it; the screens show them."""

    channel: Channel
    helpline: HelplineId | None = None
    """That was called; None when it came by another way than a call."""
    calls: tuple[str, ...] = ()
    """Ids of the calls (or messages) that belong to it, oldest first."""
    source_key: str
    """Its origin; opening again with the same key finds this ticket."""
    merged_into: str | None = None
    merged_from: Stage | None = None
    """The stage it had when it was merged, to which it comes back when that is undone."""
    served_by: tuple[ServingPlace, ...] = ()
    """Places in its PIN code that serve its need, a few: those that were open when it was opened first."""
    proposed_rejection: str = ""
    """Why the room proposes to reject it; the war room decides. Empty: no proposal."""
    rejection: RejectionReason | None = None
    """The kind of reason of the newest proposal, read to the citizen when it is rejected."""

    @property
    def number(self) -> str:
        """The nine digits: another word for ``service_request_id``."""
        return self.service_request_id

    @property
    def is_open(self) -> bool:
        """Whether work on it remains."""
        return self.stage not in CLOSED

    def next(self, now: datetime, **changes: object) -> Ticket:
        """Return its next version with some fields changed, to values of the right type."""
        updated = max(now, self.updated_datetime)  # a clock set back must not make a newer version look older
        return self.model_copy(update={"version": self.version + 1, "updated_datetime": updated, **changes})

    @computed_field  # type: ignore[prop-decorator]  # mypy cannot see through the pair of decorators
    @property
    def cluster(self) -> str:
        """Id shared with others of the same need and PIN code; empty when no PIN is known."""
        return f"{self.service_code}-{self.zipcode}" if self.zipcode else ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Literal["open", "closed"]:
        """Open311's two-valued view of the stage."""
        return "open" if self.is_open else "closed"

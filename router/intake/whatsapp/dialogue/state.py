"""The state of a dialogue, as it lies in ``ChatPerson.dialogue`` between two messages."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it)
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from router.model.stranded import StrandedFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

Question = Literal[
    "need", "more", "place", "which", "division", "district", "outside", "stranded", "confirm", "phone", "what"
]
"""What a message of ours asked, and so the step that its buttons carry."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Said(_Part):
    """Words of the person, and the message they came in."""

    message: str
    text: str
    withdrawn: bool = False


class Media(_Part):
    """A file that the person sent, to be fetched from WhatsApp once its ticket is committed.

    Attributes:
        media_id: WhatsApp's.
        kind: ``voice`` becomes a recording of the ticket, ``picture`` a photograph at it.
        message: ``provider_id`` of its message: a file is fetched once.
        sent: When, ISO 8601.
    """

    media_id: str
    kind: Literal["voice", "picture"]
    message: str
    sent: str


class Draft(_Part):
    """A request that is not a ticket yet; the fields of a ticket are called as there."""

    id: str
    """In buttons."""
    touched: datetime
    """When its last message came."""
    asked: tuple[Question, ...] = ()
    """Our messages about it, oldest first."""
    wakes: int = 0
    said: tuple[Said, ...] = ()
    media: tuple[Media, ...] = ()
    messages: tuple[str, ...] = ()
    """``provider_id`` of each message in it."""
    need: str | None = None
    district: str | None = None
    state: str | None = None
    zipcode: str = ""
    address: str = ""
    landmark: str = ""
    lat: float | None = None
    long: float | None = None
    people: int | None = None
    quantity: str = ""
    priority: int | None = None
    stranded: StrandedFacts = StrandedFacts()
    """Of people far from home."""
    contact: str = ""
    """Telephone of the person in need, E.164, when somebody else writes."""
    remarks: tuple[str, ...] = ()
    """For the room, on how it came about."""
    candidates: tuple[str, ...] = ()
    """Districts that its place may be in."""
    outside: bool = False
    """Whether its place may be in another state."""
    states: tuple[str, ...] = ()
    """Other states that it may be in."""
    confirmed: bool = False
    unsure: bool = False
    """The person has said that it was not understood rightly."""
    nowhere: bool = False
    """The person could not say the place: not asked again."""

    @property
    def has_content(self) -> bool:
        """Whether it says anything that somebody must see to; a greeting does not."""
        placed = self.placed or self.lat is not None or bool(self.zipcode)
        return bool(self.need or self.media or self.contact or placed or any(one.text for one in self.said))

    @property
    def placed(self) -> bool:
        """Whether a room can be told from it."""
        return self.district is not None or self.state is not None


class Current(_Part):
    """The ticket that came of the last draft: what is written next may belong to it."""

    number: str
    draft: str
    need: str
    touched: datetime
    """When the person last said something of it."""
    sent: int
    """Our messages about it, those about its draft among them."""
    asks: Question | None = None
    """What was asked of it last, and not answered."""
    placed: bool = True
    messages: tuple[str, ...] = ()


class DialogueState(_Part):
    """All of it."""

    draft: Draft | None = None
    ticket: Current | None = None
    past: tuple[tuple[str, str], ...] = ()
    """The last drafts and the tickets they became, so that their buttons are understood."""
    told: dict[str, datetime] = {}
    """When a short answer was given last, by its name: not again within the hour."""
    hour: datetime | None = None
    answers: int = 0
    """Answers since `hour` to what is no request."""
    sent: int = 0
    """Messages of ours since `hour`: a person who writes without end costs no more than some of them."""


MAX_PAST = 5
MAX_MESSAGES = 40  # of one draft or ticket whose edits and revocations are understood


def read_state(stored: Mapping[str, object]) -> DialogueState:
    """Return the state of a dialogue; a state of another version that cannot be read begins anew."""
    try:
        return DialogueState.model_validate(stored)
    except ValidationError:
        return DialogueState()

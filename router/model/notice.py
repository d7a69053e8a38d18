"""A notice to the public, in revisions: what is told, where, from when until when, and how far it has come."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from router.bounds import KeptMoment  # noqa: TC001 - pydantic reads it
from router.localized import LocalizedMessage

NOTICE_PATTERN = r"^[1-9]-[0-9]{6}$"
"""The form of a notice's id."""

Category = Literal[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
]
"""CAP 1.2, section 3.2.2, ``category``."""
Urgency = Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
"""How soon people should act (CAP 1.2, ``urgency``)."""
Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
"""How great the danger to life or property is (CAP 1.2, ``severity``)."""
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]
"""How sure it is (CAP 1.2, ``certainty``)."""


class NoticeStatus(StrEnum):
    """How far a revision of a notice has come."""

    DRAFT = "draft"
    HEARD = "heard"
    """A person has listened to what callers will hear, and found it right."""
    PUBLISHED = "published"
    REPLACED = "replaced"
    """A later revision has taken its place."""
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class NoticeContent(BaseModel):
    """What a revision tells; it never changes: another text is another revision."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    event: str
    """What it is about, in English, a few words."""
    event_hi: str
    text: str
    """As it is read, in English."""
    text_hi: str
    spoken: str = ""
    """As callers hear it in English; empty: as the text."""
    spoken_hi: str = ""
    districts: tuple[str, ...] = ()
    """Ids of the districts; none: the whole state."""
    area: str
    """The same in words."""
    area_hi: str
    category: Category = "Safety"
    urgency: Urgency = "Expected"
    severity: Severity = "Moderate"
    certainty: Certainty = "Likely"
    starts: KeptMoment
    """From when it holds; it may be ahead."""
    ends: KeptMoment
    """Until when; then it is told no longer."""
    exercise: bool = False
    """It only tries the ways: nothing of it is true."""

    def said(self, language: str) -> str:
        """Return what callers hear in ``hi`` or ``en``."""
        return (self.spoken_hi or self.text_hi) if language == "hi" else (self.spoken or self.text)

    def concerns(self, district: str | None) -> bool:
        """Whether it is for people in a district; one for the whole state is for everybody."""
        return not self.districts or district in self.districts


class Notice(NoticeContent):
    """One revision of a notice.

    Attributes:
        id: ``<node>-<six digits>``, drawn: a store restored from a backup gives none out twice.
        revision: From 1.
        made_by: The person who wrote it; so of the other steps.
        reason: Why it was withdrawn.
        cap: How later CAP messages refer to the one by which it was published: ``sender,identifier,sent``.
    """

    id: str
    revision: Annotated[int, Field(ge=1)]
    status: NoticeStatus = NoticeStatus.DRAFT
    made: KeptMoment
    made_by: str = ""
    heard: KeptMoment | None = None
    heard_by: str = ""
    published: KeptMoment | None = None
    published_by: str = ""
    ended: KeptMoment | None = None
    ended_by: str = ""
    reason: str = ""
    cap: str = ""

    @property
    def prompt(self) -> str:
        """The name of the prompt that callers hear: each revision has its own, so that no old sound is played."""
        return f"notice-{self.id}-{self.revision}"

    @property
    def is_open(self) -> bool:
        """Whether something may still become of it."""
        return self.status in OPEN


STATUS_WORDS = {
    NoticeStatus.DRAFT: LocalizedMessage("a draft", "मसौदा"),
    NoticeStatus.HEARD: LocalizedMessage("heard", "सुनी हुई"),
    NoticeStatus.PUBLISHED: LocalizedMessage("published", "जारी"),
    NoticeStatus.REPLACED: LocalizedMessage("replaced", "नए संस्करण से बदली हुई"),
    NoticeStatus.WITHDRAWN: LocalizedMessage("withdrawn", "वापस ली गई"),
    NoticeStatus.EXPIRED: LocalizedMessage("over", "समाप्त"),
}
"""The states as people read them."""

OPEN = frozenset({NoticeStatus.DRAFT, NoticeStatus.HEARD, NoticeStatus.PUBLISHED})


class PublicNotice(NoticeContent):
    """A published notice as rooms and screens read it: the ``data`` of ``notices/<id>``."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    version: int
    """The revision; a greater one takes the place of a smaller."""
    published: KeptMoment
    """When this revision was published."""
    cap: str
    """How messages of the Common Alerting Protocol refer to it: ``sender,identifier,sent``."""


class CapMessage(BaseModel):
    """A message of the Common Alerting Protocol as it was published; it is never changed.

    Attributes:
        identifier: Never used twice.
        notice: The id of the notice.
        kind: CAP's ``msgType``.
        title: Of the entry in the index.
        expires: When its notice ends.
        document: XML.
    """

    model_config = ConfigDict(frozen=True)

    identifier: str
    notice: str
    revision: int
    kind: Literal["Alert", "Update", "Cancel"]
    sender: str
    title: str
    sent: KeptMoment
    expires: KeptMoment
    document: str

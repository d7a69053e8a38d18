"""Payloads of ``commands`` and ``replies`` about a ticket."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from router.bounds import Line, Moment, People, PinCode, Telephone, Text  # noqa: TC001  (pydantic reads them)
from router.localized import LocalizedValueError
from router.model.stages import Stage  # noqa: TC001  (pydantic reads it)
from router.model.ticket import RejectionReason  # noqa: TC001
from router.validation_messages import ID_PATTERN, TICKET_PATTERN

ActionName = Literal[
    "acknowledge",
    "start",
    "resolve",
    "propose-reject",
    "accept-reject",
    "refuse-reject",
    "reroute",
    "note",
    "correct",
    "merge",
    "unmerge",
    "call-citizen",
    "withdraw",
    "reopen",
    "confirm",
    "unreached",
]

FOR_CLUSTERS = frozenset({"acknowledge", "start", "resolve", "note"})
"""Actions that are allowed on a whole cluster at once: those that concern all of its citizens alike."""

_FOR_CITIZEN_HI = "`for_citizen` केवल देख लेने, काम शुरू करने, मदद पहुँची बताने या टिप्पणी के साथ चलता है"
_CLUSTER_HI = "`whole_cluster` केवल देख लेने, काम शुरू करने, मदद पहुँची बताने या टिप्पणी के साथ चलता है, और `changes` के बिना"
_LINE = 200  # characters of a room's or a desk's id

_FROM_OUTSIDE = ConfigDict(
    frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True
)


class Changes(BaseModel):
    """Fields of a ticket that a person puts right; only those given are changed."""

    model_config = _FROM_OUTSIDE

    service_code: Line = ""
    """The need's id, as in needs.csv."""
    phone: Telephone | None = None
    """As people write it, kept as E.164, with + and country code; null when it turned out to be wrong."""
    callback_wanted: bool = True
    name: Line = ""
    address: Line = ""
    landmark: Line = ""
    zipcode: PinCode = ""
    """The PIN code, six digits; empty when it is not known."""
    people: People | None = None
    quantity: Line = ""
    description: Text = ""
    expected_datetime: Moment | None = None
    """When help is expected: read to a caller who asks. In the future, at most a year ahead."""


class Command(BaseModel):
    """One command. Repeated with the same id until answered; the same id never says anything else."""

    model_config = _FROM_OUTSIDE

    command_id: Annotated[str, Field(pattern=rf"^{ID_PATTERN}$")]
    """Chosen by the room, never used twice: a UUID is good."""
    ticket: Annotated[str, Field(pattern=TICKET_PATTERN)]
    """The ticket's number, nine digits."""
    action: ActionName
    if_version: Annotated[int, Field(ge=1)] | None = None
    """The version the person saw: the command is refused when the ticket has moved on since."""
    by: Line = ""
    """The person in the room who gives the command."""
    note: Text = ""
    for_citizen: Line = ""
    """With acknowledge, start, resolve and note: words to the citizen. A voice reads them to the ticket's own telephone
    when it asks how the ticket stands; caller numbers can be forged, so they name nobody and no place of living."""
    room: Annotated[str, Field(max_length=_LINE)] | None = None
    """For reroute: the room's id."""
    desk: Annotated[str, Field(max_length=_LINE)] | None = None
    """For reroute: the desk; without it the need's own."""
    reason: RejectionReason | None = None
    """For propose-reject: the kind of reason that the citizen hears; without it "other"."""
    into: Annotated[str, Field(pattern=TICKET_PATTERN)] | None = None
    """For merge: the number of the ticket that goes on."""
    whole_cluster: bool = False
    """Do the same with every other open ticket of this room for the same need in the same PIN code, where it can be
    done: for acknowledge, start, resolve and note."""
    changes: Changes | None = None
    """For correct; may go along with any other action, such as the expected time with an acknowledgement."""

    @model_validator(mode="after")
    def _told_with_work(self) -> Self:
        if self.for_citizen and self.action not in FOR_CLUSTERS:
            raise LocalizedValueError(f"`for_citizen` goes with {', '.join(sorted(FOR_CLUSTERS))}", _FOR_CITIZEN_HI)
        return self

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Each action needs its own fields, and no field that it would ignore."""
        if self.action == "merge" and self.into is None:
            raise LocalizedValueError(
                "merge needs `into`, the number of the ticket that goes on",
                "`into` भी दीजिए: उस टिकट का नंबर जिस में यह जोड़ा जाए",
            )
        if self.action == "reroute" and self.room is None and self.desk is None:
            raise LocalizedValueError("reroute needs `room` or `desk`", "`room` या `desk` भी दीजिए: टिकट कहाँ भेजा जाए")
        if self.action == "correct" and (self.changes is None or not self.changes.model_fields_set):
            raise LocalizedValueError("correct needs `changes`", "`changes` भी दीजिए: क्या सुधारना है")
        if self.action in {"note", "propose-reject"} and not (self.note or self.for_citizen):
            raise LocalizedValueError(f"{self.action} needs a `note`", "`note` भी दीजिए: टिप्पणी या कारण")
        if self.action == "call-citizen" and (self.note or self.changes is not None):
            raise LocalizedValueError(
                "call-citizen goes without `note` and `changes`", "call-citizen के साथ `note` और `changes` नहीं चलते"
            )
        if self.action != "propose-reject" and self.reason is not None:
            raise LocalizedValueError(
                "`reason` belongs to propose-reject", "`reason` केवल अस्वीकार के प्रस्ताव के साथ चलता है"
            )
        if self.whole_cluster and (self.action not in FOR_CLUSTERS or self.changes is not None):
            raise LocalizedValueError(
                f"`whole_cluster` goes with {', '.join(sorted(FOR_CLUSTERS))}, and without `changes`", _CLUSTER_HI
            )
        if self.action != "merge" and self.into is not None:
            raise LocalizedValueError("`into` belongs to merge", "`into` केवल टिकट जोड़ने के आदेश के साथ चलता है")
        if self.action != "reroute" and (self.room is not None or self.desk is not None):
            raise LocalizedValueError(
                "`room` and `desk` belong to reroute", "`room` और `desk` केवल टिकट भेजने के आदेश के साथ चलते हैं"
            )
        return self


class CommandReply(BaseModel):
    """What became of a command; the same command again gets the same reply."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    command_id: str
    room: str
    """Whose command it was."""
    ticket: str
    task: str = ""
    """The task's id, when it was a command about a task."""
    accepted: bool
    version: int | None = None
    """Accepted: the ticket's new version. Refused: its present one, where the room may know it."""
    stage: Stage | None = None
    others: int = 0
    """For a whole cluster: with how many tickets beside this one it was done."""
    code: str = ""
    """Why it was refused, for a program; empty when accepted."""
    reason: str = ""
    """The same for a person, in English."""
    reason_hi: str = ""
    """The same in Hindi."""
    at: AwareDatetime
    """When it was decided."""

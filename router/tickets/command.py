"""What a room says to do with a ticket, and what it is answered: the payloads of `commands` and `replies`."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from router.tickets.stages import Stage  # noqa: TC001  (pydantic reads it)

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
    "withdraw",
    "reopen",
    "confirm",
    "unreached",
]

ID_PATTERN = r"[A-Za-z0-9._:-]{1,64}"
"""What a command's id is made of: it is repeated in topics, logs and event ids."""

_TEXT = 2_000  # characters: a page; a ticket goes whole over the line with each change
_LINE = 200


def _printable(text: str) -> str:
    """A control character could forge a line in a log or on a screen; the joiners Hindi needs are none."""
    return "".join(" " if unicodedata.category(c) == "Cc" and c != "\n" else c for c in text).strip()


def _one_line(text: str) -> str:
    return " ".join(_printable(text).split("\n"))


Text = Annotated[str, Field(max_length=_TEXT), AfterValidator(_printable)]
Line = Annotated[str, Field(max_length=_LINE), AfterValidator(_one_line)]


class Changes(BaseModel):
    """Fields of a ticket that a person puts right; only those given are changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    service_code: Line = ""
    """The need's id, as in needs.csv."""
    phone: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    """E.164, with + and country code; null when it turned out to be nobody's."""
    callback_wanted: bool = True
    name: Line = ""
    address: Line = ""
    landmark: Line = ""
    zipcode: Annotated[str, Field(pattern=r"^([1-9][0-9]{5})?$")] = ""
    people: Annotated[int, Field(ge=1, le=100_000)] | None = None
    quantity: Line = ""
    description: Text = ""
    expected_datetime: AwareDatetime | None = None
    """When help is expected: told to a caller who asks."""


class Command(BaseModel):
    """One command. Repeated with the same id until answered; the same id never says anything else."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    command_id: Annotated[str, Field(pattern=rf"^{ID_PATTERN}$")]
    """Chosen by the room, never used twice: a UUID is good."""
    ticket: Annotated[str, Field(pattern=r"^[1-9][0-9]{8}$")]
    """The ticket's number, nine digits."""
    action: ActionName
    if_version: Annotated[int, Field(ge=1)] | None = None
    """The version the person saw: the command is refused when the ticket has moved on since."""
    by: Line = ""
    """Who in the room says so."""
    note: Text = ""
    room: Annotated[str, Field(max_length=_LINE)] | None = None
    """For reroute: the room's id."""
    desk: Annotated[str, Field(max_length=_LINE)] | None = None
    """For reroute: the desk; without it the need's own."""
    into: Annotated[str, Field(pattern=r"^[1-9][0-9]{8}$")] | None = None
    """For merge: the number of the ticket that goes on."""
    changes: Changes | None = None
    """For correct; may go along with any other action, such as the expected time with an acknowledgement."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Each action needs what it is about, and nothing that it would ignore."""
        if self.action == "merge" and self.into is None:
            raise ValueError("merge needs `into`, the number of the ticket that goes on")
        if self.action == "reroute" and self.room is None and self.desk is None:
            raise ValueError("reroute needs `room` or `desk`")
        if self.action == "correct" and (self.changes is None or not self.changes.model_fields_set):
            raise ValueError("correct needs `changes`")
        if self.action in {"note", "propose-reject"} and not self.note:
            raise ValueError(f"{self.action} needs a `note`")
        if self.action != "merge" and self.into is not None:
            raise ValueError("`into` belongs to merge")
        if self.action != "reroute" and (self.room is not None or self.desk is not None):
            raise ValueError("`room` and `desk` belong to reroute")
        return self


class Reply(BaseModel):
    """What became of a command; the same command again gets the same reply."""

    model_config = ConfigDict(frozen=True)

    command_id: str
    room: str
    """Whose command it was."""
    ticket: str
    accepted: bool
    version: int | None = None
    """Accepted: the ticket's new version. Refused: its present one, where the room may know it."""
    stage: Stage | None = None
    code: str = ""
    """Why it was refused, for a program; empty when accepted."""
    reason: str = ""
    """The same for a person, in English."""
    reason_hi: str = ""
    """The same in Hindi."""
    at: AwareDatetime
    """When it was decided."""

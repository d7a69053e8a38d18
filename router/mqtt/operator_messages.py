"""Payloads of an operator's ``commands`` and ``replies``."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from router.bounds import Line  # noqa: TC001  (pydantic reads it)
from router.localized import LocalizedMessage
from router.tickets.errors import CommandRefusedError
from router.validation_messages import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Mapping[str, LocalizedMessage] = MappingProxyType(
    {
        "action-unknown": LocalizedMessage(
            "there is no action {name!r}: {known}", "{name!r} नाम का कोई काम नहीं है: {known}"
        ),
        "too-many": LocalizedMessage(
            "{count} commands of this operator are still being done: wait for their replies",
            "इस ऑपरेटर के {count} आदेश अभी चल रहे हैं: कृपया उन के उत्तर की प्रतीक्षा कीजिए",
        ),
        "store-away": LocalizedMessage(
            "nothing was done: the store cannot be reached now; the same command may be sent again",
            "कुछ नहीं किया गया: भंडार से अभी संपर्क नहीं है; यही आदेश फिर भेजा जा सकता है",
        ),
        "fault": LocalizedMessage(
            "it could not be done, for a fault in the program; its log says which",
            "कार्यक्रम में ख़राबी के कारण यह नहीं हो सका; विवरण उस के लॉग में है",
        ),
    }
)
"""Why an operator's command is refused, beside ``malformed`` and ``id-reused`` and what each action has of its own."""


def refusal(code: str, **values: object) -> CommandRefusedError:
    """Return a refusal for one of `REASONS`."""
    return CommandRefusedError(code, words=REASONS[code], **values)


class OperatorCommand(BaseModel):
    """One command; each action has a model of its own, with more fields. Repeated with the same id until answered."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    command_id: Annotated[str, Field(pattern=rf"^{ID_PATTERN}$")]
    """Chosen by the client, never used twice: a UUID is good."""
    action: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,31}$")]
    by: Line = ""
    """The speaker, where several persons share a screen."""


class OperatorReply(BaseModel):
    """The result of a command; the same command again gets the same reply."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    command_id: str
    operator: str
    action: str
    """Empty when it could not be read."""
    accepted: bool
    data: dict[str, Any] = Field(default_factory=dict)
    """Accepted: the result, or the requested data."""
    code: str = ""
    """Why it was refused, for a program; empty when accepted."""
    reason: str = ""
    """The same for a person, in English."""
    reason_hi: str = ""
    """The same in Hindi."""
    at: AwareDatetime


class QueueState(BaseModel):
    """A queue of operators now: the ``data`` of ``queues/<queue>``."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    queue: str
    waiting: int
    """Callers in it, places kept for those who have hung up among them."""
    longest_s: int
    """How long the first of them had waited when this was written; 0 when nobody waits."""
    waiting_since: AwareDatetime | None
    """Since when: a screen counts on from here."""
    members: int
    """Operators logged in, the paused ones among them."""
    free: int
    """Operators whose telephone would ring now."""
    busy: int
    """Operators in a call, being rung, or writing down their last call."""
    paused: int
    away: int
    """Operators whose telephone is not there."""


class TrunkState(BaseModel):
    """A trunk now: the ``data`` of ``trunks/<trunk>``."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    trunk: str
    state: Literal["up", "down", "unknown"]
    """``down``: it is not registered, or its far end does not answer."""
    why: str
    """When it is down, in English."""
    in_use: int
    """Channels in use, both ways."""
    bought: int
    """Channels that it has."""
    helplines: list[str]
    """To which its numbers lead."""

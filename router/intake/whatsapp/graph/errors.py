"""Errors of the Graph API: which kind each code is, and what the sender does about a kind.

Codes: Meta, "Cloud API Error Codes" (WhatsApp Business Platform, support), and "Handle Errors" of the Graph API. A code
comes with the answer to a request, or in the report that a message failed.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from router.errors import WarroomError

if TYPE_CHECKING:
    from collections.abc import Mapping


class ErrorKind(StrEnum):
    """A kind of error."""

    TOKEN = "token"  # noqa: S105 - the name of a kind
    """The access token, or a right of it."""
    RATE = "rate"
    """The number, the account or the app sends too fast."""
    PERSON_RATE = "person-rate"
    """Too fast to this one person."""
    RETRY = "retry"
    """A fault that passes."""
    BLOCK = "block"
    """Meta has restricted the account or the number."""
    PERSON = "person"
    """This person cannot be reached by WhatsApp, or not by this message."""
    WINDOW = "window"
    """The person's last message is older than 24 hours: only a template may be sent."""
    CONTENT = "content"
    """The message itself, or its template: a mistake of ours, or a template that Meta has paused."""
    MONEY = "money"
    """The payment method."""


class Then(StrEnum):
    """What becomes of the message."""

    KEEP = "keep"
    """It stays in the queue, and this was no attempt of its own."""
    AGAIN = "again"
    """It is sent again later, and given up after some attempts."""
    TEMPLATE = "template"
    """It is sent as a template; where there is none, as `OTHER_WAY`."""
    OTHER_WAY = "other way"
    """It is given up here; the person is told by another way."""


class Treatment(NamedTuple):
    """What the sender does about a kind of error.

    Attributes:
        then: About the message.
        rest_s: Seconds for which nothing at all is sent from this number; 0: the others go on.
        alert: Whether an admin has to do something.
    """

    then: Then
    rest_s: float = 0.0
    alert: bool = False


TREATMENTS: Final[Mapping[ErrorKind, Treatment]] = MappingProxyType(
    {
        ErrorKind.TOKEN: Treatment(Then.KEEP, rest_s=300.0, alert=True),
        ErrorKind.RATE: Treatment(Then.KEEP, rest_s=2.0),
        ErrorKind.PERSON_RATE: Treatment(Then.KEEP),
        ErrorKind.RETRY: Treatment(Then.AGAIN),
        ErrorKind.BLOCK: Treatment(Then.KEEP, rest_s=900.0, alert=True),
        ErrorKind.PERSON: Treatment(Then.OTHER_WAY),
        ErrorKind.WINDOW: Treatment(Then.TEMPLATE),
        ErrorKind.CONTENT: Treatment(Then.OTHER_WAY, alert=True),
        ErrorKind.MONEY: Treatment(Then.KEEP, rest_s=600.0, alert=True),
    }
)
"""By kind. After its rest one message is tried; a new token ends the rest for want of one. A rest for speed is the
first: it doubles, and is spread, unless the answer says how long to wait."""

_CODES: Final[Mapping[ErrorKind, tuple[int, ...]]] = MappingProxyType(
    {
        ErrorKind.TOKEN: (0, 3, 10, 33, 102, 190, 131005, 131045, 133010, *range(200, 300)),
        ErrorKind.RATE: (4, 17, 32, 613, 80007, 130429),
        ErrorKind.PERSON_RATE: (131056,),
        ErrorKind.RETRY: (1, 2, 131000, 131016, 131057, 133004, 133016),
        ErrorKind.BLOCK: (368, 130497, 131031, 131037, 131048, 131064),
        ErrorKind.PERSON: (130472, 131021, 131026, 131030, 131049, 131050, 131062),
        ErrorKind.WINDOW: (131047,),
        ErrorKind.CONTENT: (
            *(100, 130403, 131008, 131009, 131051, 131052, 131053, 131055, 131060, 131063, 135000, 137000),
            *range(132000, 132070),
        ),
        ErrorKind.MONEY: (131042, 131044),
    }
)
KINDS_OF_CODES: Final[Mapping[int, ErrorKind]] = MappingProxyType(
    {code: kind for kind, codes in _CODES.items() for code in codes}
)
"""The kind of each code that is known."""


def kind_of(code: int | None, status: int | None = None) -> ErrorKind:
    """Return the kind of an error.

    Args:
        code: Meta's; None when the answer had none.
        status: Of HTTP; None when it was no answer to a request, or when none came.
    """
    if code is not None and code in KINDS_OF_CODES:
        return KINDS_OF_CODES[code]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ErrorKind.RATE
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return ErrorKind.TOKEN
    if status is not None and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return ErrorKind.CONTENT
    return ErrorKind.RETRY


class GraphError(WarroomError):
    """The Graph API did not do what it was asked. The text holds no number and no secret.

    Args:
        kind: Of the error.
        what: The code and what it means, or that no answer came.
        code: Meta's; None without one.
        retry_after_s: How long the answer says to wait; None when it does not.

    Attributes:
        kind: As given.
        code: As given.
        retry_after_s: As given.
    """

    def __init__(
        self, kind: ErrorKind, what: str, *, code: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(what)
        self.kind = kind
        self.code = code
        self.retry_after_s = retry_after_s

"""Bounds of values from outside: one type for each kind of value, whichever interface it comes through.

What comes in is refused when it is out of bounds. What is read back from the store is drawn into them: rows that were
written before there were bounds must not take down the list they stand in.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, Strict

from router import phone_numbers
from router.digits import pin_code
from router.localized import LocalizedValueError
from router.outside_text import clean

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that is spoken of here was before; clocks that have lost their time say 1970."""
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""The last moment that is stored: every zone can still express it, with room to add days."""
AHEAD: Final = timedelta(days=5 * 366)
"""A promise or order for later than that is a typing mistake."""
MAX_HOURS: Final = 366 * 24
"""For which something is in force; longer is "until it is ended"."""
MAX_QUANTITY: Final = 1e12
"""Of anything, in any unit: more is a slip of the hand."""
MAX_PEOPLE: Final = 100_000
MAX_ROWS: Final = 100_000
"""Of a list that a person asks for; more is an export."""

_DATE: Final = re.compile("[0-9]{4}-", re.ASCII)
_TEXT: Final = 2_000  # characters: a page; a ticket goes whole over the line with each change
_LINE: Final = 200


def moment(at: datetime) -> datetime:
    """Return a moment from outside in UTC.

    Raises:
        ValueError: it is before 2000, or more than five years ahead.
    """
    if not EARLIEST <= at <= datetime.now(UTC) + AHEAD:
        raise LocalizedValueError(
            "out of range: expected a time from 2000 on, at most five years ahead",
            "यह समय ठीक नहीं है: वर्ष 2000 से पहले का नहीं, और पाँच वर्ष से अधिक आगे का नहीं हो सकता",
        )
    return at.astimezone(UTC)


def _not_before(at: datetime) -> datetime:
    if at < EARLIEST:
        raise LocalizedValueError(
            "out of range: expected a time from 2000 on",
            "यह समय ठीक नहीं है: वर्ष 2000 से पहले का नहीं हो सकता",
        )
    return at


def _written(at: object) -> object:
    """Refuse numbers, also in quotes: they would be taken for seconds of Unix time, or its milliseconds."""
    if isinstance(at, datetime) or (isinstance(at, str) and _DATE.match(at)):
        return at
    raise LocalizedValueError(
        "expected a time with its zone, such as 2020-04-01T12:00:00+05:30",
        "यहाँ समय चाहिए, समय-क्षेत्र के साथ, जैसे 2020-04-01T12:00:00+05:30",
    )


def kept_moment(at: datetime) -> datetime:
    """Return a moment of the store, drawn into what every zone can say."""
    return min(max(at, EARLIEST), LATEST)


def _e164(text: str) -> str:
    try:
        return str(phone_numbers.read(text).e164)
    except phone_numbers.PhoneNumberError as error:
        raise LocalizedValueError(f"not a telephone number: {error}", "यह टेलीफ़ोन नंबर नहीं है") from None


def _pin(text: str) -> str:
    pin = pin_code(text) if text else ""
    if pin is None:
        raise LocalizedValueError("expected a PIN code of six digits", "पिन कोड छह अंकों का होता है")
    return pin


def _one_line(text: str) -> str:
    return " ".join(clean(text).split("\n"))


Moment = Annotated[AwareDatetime, Strict(False), BeforeValidator(_written), AfterValidator(moment)]
"""A moment from outside, with its zone."""
PastMoment = Annotated[AwareDatetime, Strict(False), BeforeValidator(_written), AfterValidator(_not_before)]
"""A moment from outside that should be over; the caller checks that, knowing how much clocks may differ."""
KeptMoment = Annotated[AwareDatetime, AfterValidator(kept_moment)]
"""A moment in the store."""
Quantity = Annotated[float, Field(ge=0, le=MAX_QUANTITY, allow_inf_nan=False)]
"""How much there is of something."""
People = Annotated[int, Field(ge=1, le=MAX_PEOPLE)]
"""For how many."""
Telephone = Annotated[str, AfterValidator(_e164)]
"""A telephone number as people write it, kept as E.164."""
PinCode = Annotated[str, AfterValidator(_pin)]
"""A PIN code as people write it, kept as six digits; empty: none."""
Text = Annotated[str, Field(max_length=_TEXT), AfterValidator(clean)]
"""Text that people write, several lines."""
Line = Annotated[str, Field(max_length=_LINE), AfterValidator(_one_line)]
"""Text that people write, one line."""

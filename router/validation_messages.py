"""Describes faults of outside input, in English and Hindi: pydantic's own words are for programmers."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from router.localized import LocalizedMessage, LocalizedValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

TICKET_PATTERN: Final = r"^[1-9][0-9]{8}$"
TASK_PATTERN: Final = r"^[1-9]-[1-9][0-9]{0,9}$"
ID_PATTERN: Final = r"[A-Za-z0-9._:-]{1,64}"
"""The form of a command's id: it is repeated in topics, logs and event ids."""

_MAX_SAID = 3  # mistakes named in one reply

_PATTERNS: Final[Mapping[str, LocalizedMessage]] = MappingProxyType(
    {
        TICKET_PATTERN: LocalizedMessage(
            "expected a ticket's number: nine digits, in quotes",
            "यहाँ टिकट का नंबर चाहिए: नौ अंक, उद्धरण चिह्नों में",
        ),
        TASK_PATTERN: LocalizedMessage("expected a task's id, such as 1-42", "यहाँ काम की संख्या चाहिए, जैसे 1-42"),
        f"^{ID_PATTERN}$": LocalizedMessage(
            "expected 1 to 64 letters, digits, or . _ : -",
            "इस में 1 से 64 तक रोमन अक्षर, अंक या . _ : - हो सकते हैं",
        ),
    }
)
_NOT_A_TIME = LocalizedMessage(
    "expected a time with its zone, such as 2020-04-01T12:00:00+05:30",
    "यहाँ समय चाहिए, समय-क्षेत्र के साथ, जैसे 2020-04-01T12:00:00+05:30",
)
_NOT_A_NUMBER = LocalizedMessage("expected a number, without quotes", "यहाँ संख्या चाहिए, बिना उद्धरण चिह्नों के")
_NOT_A_WHOLE_NUMBER = LocalizedMessage("expected a whole number", "यहाँ पूर्ण संख्या चाहिए")
_NOT_AN_OBJECT = LocalizedMessage("expected an object {…}", "यहाँ {…} के रूप में कई नाम और मान चाहिए")

_TYPES: Final[Mapping[str, LocalizedMessage]] = MappingProxyType(
    {
        "missing": LocalizedMessage("is missing", "नहीं दिया गया है"),
        "extra_forbidden": LocalizedMessage("there is no such field", "इस नाम का कोई खाना नहीं है"),
        "repeated_name": LocalizedMessage("comes twice", "दो बार आया है"),
        "json_invalid": LocalizedMessage("is not JSON: {error}", "यह जेसन नहीं है"),
        "string_type": LocalizedMessage("expected text in quotes", "यहाँ उद्धरण चिह्नों में पाठ चाहिए"),
        "string_unicode": LocalizedMessage("is not UTF-8", "इस के अक्षर यूनिकोड में नहीं हैं"),
        "string_pattern_mismatch": LocalizedMessage("does not match {pattern}", "इस का रूप ठीक नहीं है"),
        "string_too_long": LocalizedMessage("has more than {max_length} characters", "{max_length} से अधिक अक्षर हैं"),
        "string_too_short": LocalizedMessage("has fewer than {min_length} characters", "{min_length} से कम अक्षर हैं"),
        "int_type": _NOT_A_WHOLE_NUMBER,
        "int_from_float": _NOT_A_WHOLE_NUMBER,
        "int_parsing": _NOT_A_WHOLE_NUMBER,
        "int_parsing_size": _NOT_A_WHOLE_NUMBER,
        "float_type": _NOT_A_NUMBER,
        "float_parsing": _NOT_A_NUMBER,
        "finite_number": _NOT_A_NUMBER,
        "bool_type": LocalizedMessage("expected true or false", "यहाँ केवल सही (true) या ग़लत (false) चल सकता है"),
        "greater_than_equal": LocalizedMessage("is below {ge}", "{ge} से कम है"),
        "less_than_equal": LocalizedMessage("is above {le}", "{le} से अधिक है"),
        "literal_error": LocalizedMessage("expected {expected}", "यहाँ केवल इन में से एक चल सकता है: {expected_hi}"),
        "datetime_type": _NOT_A_TIME,
        "datetime_parsing": _NOT_A_TIME,
        "datetime_from_date_parsing": _NOT_A_TIME,
        "datetime_object_invalid": _NOT_A_TIME,
        "timezone_aware": _NOT_A_TIME,
        "model_type": _NOT_AN_OBJECT,
        "model_attributes_type": _NOT_AN_OBJECT,
        "dict_type": _NOT_AN_OBJECT,
    }
)
_OTHER = "इस का मान ठीक नहीं है"


def what_is_wrong(error: ValidationError) -> LocalizedMessage:
    """Describe the faults of outside input: fields and rules, never the values."""
    found = error.errors(include_input=False, include_url=False)[:_MAX_SAID]
    said = [(".".join(map(str, one["loc"])), _message(one)) for one in found]
    return LocalizedMessage(
        "; ".join(f"{where or 'command'}: {message.en}" for where, message in said),
        "; ".join(f"{where}: {message.hi}" if where else message.hi for where, message in said),
    )


def too_large(size: int, limit: int) -> LocalizedMessage:
    """Return that something has more bytes than may be."""
    return LocalizedMessage(f"{size} bytes, more than {limit}", f"{size} बाइट हैं, {limit} से अधिक")


def _message(one: ErrorDetails) -> LocalizedMessage:
    values: dict[str, Any] = dict(one.get("ctx", {}))
    cause = values.get("error")
    if isinstance(cause, LocalizedValueError):
        return cause.message
    if (special := _PATTERNS.get(values.get("pattern", ""))) is not None:
        return special
    known = _TYPES.get(one["type"])
    if known is None:
        return LocalizedMessage(one["msg"].removeprefix("Value error, "), _OTHER)
    if known is _NOT_AN_OBJECT:
        return known
    return known.format(**values, expected_hi=str(values.get("expected", "")).replace(" or ", ", "))

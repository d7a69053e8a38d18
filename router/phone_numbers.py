"""Normalises telephone numbers to E.164: as trunks deliver them, callers key them and offices write them.

The one reader for every door: a number that can be read is read the same way everywhere, and one that cannot is
refused with the reason, never kept as it came and never in part. Which numbers there are is libphonenumber's knowledge.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import phonenumbers
from phonenumbers import PhoneNumberType

from router.digits import SPREADSHEET, from_spreadsheet, plain, unharmed
from router.errors import UserError

REGION: Final = "IN"
"""Of numbers without a country, as phonenumbers names it (ISO 3166)."""
_COUNTRY: Final = "91"
_MAX_CHARS: Final = 120  # of a whole tel: URI with its parameters (RFC 3966); 400 digits are no number
_TEN: Final = 10  # digits of an Indian number without country and 0: STD code and subscriber, or a mobile's
_MAX_ZEROS: Final = 3  # 0 of an exchange before 0091…
_MIN_LOCAL_DIGITS, _MAX_LOCAL_DIGITS = 5, 8  # digits of a subscriber's number within its STD area

_BETWEEN = re.compile(r"[ ().\[\]/-]")
_BARE = re.compile(r"\+?[0-9]{2,}", re.ASCII)
_CONTEXT = re.compile(r"\+[0-9]+", re.ASCII)
_PARAMETER = re.compile(r"[a-z][a-z-]*(=.*)?", re.ASCII | re.IGNORECASE)
_EXTENSION = re.compile(r"[ ,]*(ext(n|ension)?\.?|x)[ :.]*[0-9]{1,7}", re.ASCII | re.IGNORECASE)
_SEVERAL = re.compile(r"([/,;|&\r\n]|(?<=\s)(?:or|and|या|और|एवं|व)(?=\s))", re.IGNORECASE)
_LABEL = (
    r"(?:m|mob|mobile|ph|phone|tel|telephone|o|off|office|r|res|residence|c|cell|contact|landline|ll|wa|whats ?app"
    r"|मो|मोबाइल|फ\u093c?ोन|दूरभाष|कार्यालय|निवास)(?:[ .]*(?:no|number|नं|नंबर))?"
)
_LABEL_BEFORE = re.compile(rf"[ (]*{_LABEL}[ .:)-]+(?=[+(0-9])", re.IGNORECASE)
_LABEL_BEHIND = re.compile(rf"(?<=[0-9])[ .]*[ (]{_LABEL}[ .)]*", re.IGNORECASE)
_SHORT = re.compile(r"[0-9]{1,2}", re.ASCII)  # of a second line of which the rest is the first one's: 0755-2540000/01
_SERVICE = re.compile(r"1[0-9]{2,3}|1[45][0-9]{3}|155[0-9]{3}", re.ASCII)  # 108, 1077, 14567, 155261: India's plan
_OF_DISTRICT = re.compile(r"0[1-9][0-9]{1,4}-(1[0-9]{2,3})", re.ASCII)  # a district's own, from elsewhere: 0755-1077
_FIXED = frozenset((PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE))
_CALLABLE = _FIXED | {PhoneNumberType.MOBILE}


class PhoneNumberError(UserError, ValueError):
    """It cannot be read as a telephone number; the text says why, and does not repeat it."""


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A telephone number, as far as it could be understood.

    Attributes:
        e164: The number with `+` and country, or None when the input contains no valid number.
        callable: Whether we may promise to call it: an Indian mobile or fixed line. Short codes, toll-free and
            premium numbers and numbers abroad are not.
        fixed: Whether it is dialled with 0: a fixed line, or one that may be either (0 rings a mobile too).
        seen: Whether any number was given, if one we cannot read: the caller has not withheld it.
    """

    e164: str | None = None
    callable: bool = False
    fixed: bool = False
    seen: bool = False

    @property
    def national(self) -> str:
        """The digits without the country for India, else with it; may be empty."""
        return (self.e164 or "").removeprefix(f"+{_COUNTRY}").removeprefix("+")

    @property
    def spoken(self) -> str:
        """The digits that ring it from any telephone in India, to be said and written; may be empty."""
        if self.e164 is None:
            return ""
        if not self.e164.startswith(f"+{_COUNTRY}"):
            return f"00{self.national}"
        return f"0{self.national}" if self.fixed else self.national


UNKNOWN_NUMBER: Final = PhoneNumber()
"""For unknown numbers."""


def normalise(text: str) -> PhoneNumber:
    """Understand a caller's number in any form a line delivers or a caller keys; see `read`.

    Anything that is no number (withheld, a name, control characters within, 400 characters) gives one without E.164.
    """
    try:
        return read(text)
    except PhoneNumberError:
        return PhoneNumber(seen=any(c.isdecimal() for c in text))


def read(text: str) -> PhoneNumber:
    """Read one telephone number.

    Known forms: ten digits, with 0, 91…, +91…, 0091…, +91 0…, an STD code with its number, toll-free numbers, and those
    of other countries with + or 00; `tel:` URIs (RFC 3966); an extension is left out, for who answers puts through.
    Digits of any script, dashes, dots, brackets and blanks of any kind between them, quotes around them.

    Raises:
        PhoneNumberError: it cannot be read.
    """
    digits, area = _digits(text)
    if digits.startswith("+") and not digits.startswith("+0"):
        country = digits[1:]
        return _indian(country[2:]) if country.startswith(_COUNTRY) else _abroad(country)
    digits = digits.removeprefix("+")  # no country begins with 0: it is 0091…, or a 0 too many
    bare = digits.lstrip("0")
    if len(digits) - len(bare) > _MAX_ZEROS:
        raise PhoneNumberError("begins with too many zeros")
    of_home = bare.removeprefix(_COUNTRY).lstrip("0")
    if bare.startswith(_COUNTRY) and len(of_home) >= _TEN:
        return _indian(of_home)
    if digits.startswith("00"):
        return _abroad(bare)
    return _indian(area + bare if area and len(area + bare) == _TEN else bare)


def dialled(text: str) -> tuple[str, ...]:
    """Read a cell with a number or several (`0755-2551234 / 9826012345`): the digits that ring each from here.

    Services' short codes count as well, with an STD code or without: `108`, `0755-1077`. Of a second number of the same
    exchange only the end may stand there: `0755-2540000/01`, `0755-2540000, 2540001`.

    Raises:
        PhoneNumberError: one of them cannot be read: then none is taken.
    """
    try:
        return (_dialled(text),)
    except PhoneNumberError as whole:
        found: list[str] = []
        divided = ["", *_SEVERAL.split(text)]
        parts = [(sign, part) for sign, part in zip(divided[::2], divided[1::2], strict=True) if part.strip()]
        try:
            written = ""
            for sign, part in parts:
                found += _of_part(part, found[-1] if found else "", written, sign)
                written = part
        except PhoneNumberError as one:
            if len(parts) <= 1:
                raise whole from None
            raise PhoneNumberError(f"one of several: {one}") from whole
        return tuple(dict.fromkeys(found))


def _of_part(text: str, before: str, written: str, sign: str) -> list[str]:
    """Return the numbers of a part of a cell, divided by nothing but blanks.

    Args:
        text: The part.
        before: The number before it, as it is spoken; empty for the first part.
        written: How that one stands in the cell.
        sign: The text between the two.
    """
    try:
        return [_dialled(text)]
    except PhoneNumberError:
        end = _BETWEEN.sub("", plain(text))
        if before and end.isdecimal() and (_is_local(before, written, end) or (sign == "/" and _SHORT.fullmatch(end))):
            return [read(before[: -len(end)] + end).spoken]
        found, one = list[str](), ""
        for piece in plain(text).split():
            one = f"{one} {piece}".strip()
            with contextlib.suppress(PhoneNumberError):
                found.append(read(one).spoken)
                one = ""
        if one or not found:
            raise
        return found


def _is_local(before: str, written: str, end: str) -> bool:
    """Whether digits are a whole number of the STD area of a fixed line that was written before them, as long as it.

    Where the STD code ends is known by how that one was written: 07562-222333 could as well be of an area 75622.
    """
    last = re.split("[^0-9]", plain(written).strip())[-1]
    return before.startswith("0") and _MIN_LOCAL_DIGITS < len(end) <= _MAX_LOCAL_DIGITS and len(end) == len(last)


def _dialled(text: str) -> str:
    text = plain(text).strip()
    digits = _BETWEEN.sub("", text)
    own = _OF_DISTRICT.fullmatch(re.sub("[ -]+", "-", text))
    if _SERVICE.fullmatch(digits) or (own and _is_service(own[1])):
        return digits
    return read(text).spoken


def _is_service(digits: str) -> bool:
    number = phonenumbers.PhoneNumber(int(_COUNTRY), int(digits))
    return phonenumbers.is_valid_short_number_for_region(number, REGION)


def _digits(text: str) -> tuple[str, str]:
    """Return the digits, with + where there is one, and the STD code that a phone-context gives them."""
    text = unharmed(plain(text).strip("\"' \t\r\n"))
    if len(text) > _MAX_CHARS:
        raise PhoneNumberError("too long for a number")
    if from_spreadsheet(text):
        raise PhoneNumberError(SPREADSHEET)
    if text[:4].lower() == "tel:":
        text = plain(unquote(text[4:]))
    text, *parameters = text.split(";")
    if not all(_PARAMETER.fullmatch(one) for one in parameters):
        raise PhoneNumberError("more than a number")
    context = next((_context(one) for one in parameters if one.lower().startswith("phone-context=")), "")
    if found := _EXTENSION.search(text):
        text = text[: found.start()] if found.end() == len(text) else text
    digits = _BETWEEN.sub("", _without_label(text))
    if _BARE.fullmatch(digits) is None:
        raise PhoneNumberError("letters or signs within it" if digits else "empty")
    if not context or digits.startswith("+"):
        return digits, ""
    if context.startswith(_COUNTRY):
        return digits, context[len(_COUNTRY) :]
    return f"+{context}{digits.lstrip('0')}", ""


def _without_label(text: str) -> str:
    """Return a number without words beside it: `Mob. 98260 12345`, `0755-2551234 (O)`."""
    if before := _LABEL_BEFORE.match(text):
        text = text[before.end() :]
    behind = _LABEL_BEHIND.search(text)
    return text[: behind.start()] if behind and behind.end() == len(text) else text


def _context(parameter: str) -> str:
    """Return the digits of a phone-context; a domain (RFC 3966, 5.1.5) says nothing of the number."""
    context = _BETWEEN.sub("", parameter.partition("=")[2])
    return context[1:] if _CONTEXT.fullmatch(context) else ""


def _indian(digits: str) -> PhoneNumber:
    national = digits.lstrip("0")
    if _MIN_LOCAL_DIGITS <= len(national) <= _MAX_LOCAL_DIGITS:
        raise PhoneNumberError("without STD code")
    number = phonenumbers.PhoneNumber(int(_COUNTRY), int(national or 0))
    if len(digits) - len(national) > 1 or not phonenumbers.is_valid_number_for_region(number, REGION):
        raise PhoneNumberError(
            f"no number of India; expected ten digits, with 0 or +91 or without, not {len(national)}"
        )
    kind = phonenumbers.number_type(number)
    return PhoneNumber(f"+{_COUNTRY}{national}", kind in _CALLABLE, kind in _FIXED, seen=True)


def _abroad(digits: str) -> PhoneNumber:
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise PhoneNumberError("no number of any country; for India expected ten digits, with 0 or +91 or without")
    return PhoneNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), seen=True)

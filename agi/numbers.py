"""Telephone numbers as Indian lines deliver them and as callers key them, made one form: E.164."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

_HOME = "IN"
_LONGEST = 24  # 0091, a trunk's 0 and ten digits with a space between each; what is longer is no number
_WRITTEN = re.compile(r"\+?[0-9][0-9 .-]*", re.ASCII)  # no letters: phonenumbers would read them as keys
_TRUNK_PREFIXED = re.compile(r"0+91(?=[1-9][0-9]{9}$)")  # 091… and 00091…: exchanges that put 0 before 91
_CALLABLE = frozenset((PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE))


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number, as far as it could be understood.

    Attributes:
        e164: The number with `+` and country, or None when there is no sound number in what was given.
        callable: Whether we may promise to call it: an Indian mobile or fixed line. Short codes, toll-free and
            premium numbers and numbers abroad are not.
    """

    e164: str | None = None
    callable: bool = False

    @property
    def spoken(self) -> str:
        """The digits said back to the caller: ten without the country for India, else all; may be empty."""
        return (self.e164 or "").removeprefix("+91").removeprefix("+")


def normalise(text: str) -> Number:
    """Understand a caller's number in any form a line delivers or a caller keys.

    Known forms: ten digits, 0 and ten digits, 91…, +91…, 0091…, an STD code with its number with or without 0, and
    numbers of other countries with + or 00. Quotes and blanks around it are dropped; anything else that is not a
    number (withheld, a name, control characters within, 400 characters) gives a `Number` without one.
    """
    bare = text.strip("\"' \t\r\n")
    if len(bare) > _LONGEST or not _WRITTEN.fullmatch(bare):
        return Number()
    bare = re.sub(r"[^+0-9]", "", bare)
    try:
        parsed = phonenumbers.parse(_TRUNK_PREFIXED.sub("+91", bare), _HOME)
    except phonenumbers.NumberParseException:
        return Number()
    if not phonenumbers.is_valid_number(parsed):
        return Number()
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    at_home = phonenumbers.region_code_for_number(parsed) == _HOME
    return Number(e164, at_home and phonenumbers.number_type(parsed) in _CALLABLE)

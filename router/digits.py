"""Normalises digits as they are written in India: any script, with invisible characters between them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

SPREADSHEET: Final = (
    "a spreadsheet has made a decimal number of it: give the column the format 'Text' and write it anew"
)
_PLUS: Final = "\uff0b\ufe62\u207a"
_DASHES: Final = "\u2212\u30fc\u2043"  # minus and others that are not of the category of dashes
_PIN = re.compile(r"[1-9][0-9]{5}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{6,}[.,]0+|[0-9]([.,][0-9]*)?E\+?[0-9]{1,2}", re.ASCII | re.IGNORECASE)
_UNHARMED = re.compile(r"([0-9]{6,})[.,]0{1,2}", re.ASCII)
_WHOLE = re.compile(r"\+?[0-9]{1,12}", re.ASCII)


def plain(text: str) -> str:
    """Return a text with each decimal digit, blank, dash and plus of whatever script as the ASCII one.

    Signs without a width (joiners, direction marks, byte order mark, soft hyphen) are left out. Letters stay.
    """
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(c: str) -> str:
    if c.isascii():
        return c
    if (digit := unicodedata.decimal(c, None)) is not None:
        return str(digit)
    kind = unicodedata.category(c)
    if c in _PLUS:
        return "+"
    if kind == "Pd" or c in _DASHES:
        return "-"
    if kind == "Zs":
        return " "
    return "" if kind == "Cf" else c


def from_spreadsheet(text: str) -> bool:
    """Whether a spreadsheet has made a decimal number of digits that are a name: ``7554000181.0``, ``7.55E+09``.

    Of the second form the digits are gone; so they are written anew, in a column of the format "Text".
    """
    return _DECIMAL.fullmatch(text.strip()) is not None


def unharmed(text: str) -> str:
    """Return a text without the ``.0`` that a spreadsheet has put behind digits that are all still there.

    Only for what can be checked: a number that is too short or not in use is found out, a shop's code is not.
    """
    found = _UNHARMED.fullmatch(text.strip())
    return found[1] if found else text


def pin_code(text: str) -> str | None:
    """Return a PIN code of India Post, six digits, from free text (``462 001``, ``४६२००१``); None if there is none."""
    digits = re.sub(r"[ -]", "", unharmed(plain(text)))
    return digits if _PIN.fullmatch(digits) else None


def whole_number(text: str) -> int | None:
    """Return a whole number without fractions from free text, None when it is none."""
    digits = plain(text).strip()
    return int(digits) if _WHOLE.fullmatch(digits) else None

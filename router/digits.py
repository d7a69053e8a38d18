"""Digits as people of this country write them: in any script, with signs between them that cannot be seen."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_PLUS: Final = "\uff0b\ufe62\u207a"
_DASHES: Final = "\u2212\u30fc\u2043"  # minus and others that are not of the category of dashes
_PIN = re.compile(r"[1-9][0-9]{5}", re.ASCII)
_WHOLE = re.compile(r"\+?[0-9]{1,12}", re.ASCII)


def plain(text: str) -> str:
    """Return a text with each decimal digit, blank, dash and plus of whatever script as the ASCII one.

    Signs without a width (joiners, direction marks, byte order mark, soft hyphen) are left out. Letters stay.
    """
    return "".join(map(_plain, text))


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


def pin_code(text: str) -> str | None:
    """Return a PIN code of India Post, six digits, from what people write (``462 001``, ``४६२००१``); None if none."""
    digits = re.sub(r"[ -]", "", plain(text))
    return digits if _PIN.fullmatch(digits) else None


def whole_number(text: str) -> int | None:
    """Return a whole number without fractions from what people write, None when it is none."""
    digits = plain(text).strip()
    return int(digits) if _WHOLE.fullmatch(digits) else None

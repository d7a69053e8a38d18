"""Counts the parts that a text is sent in, as telephone networks do (3GPP TS 23.038 and 23.040).

A text of the GSM 7-bit default alphabet has 160 septets in one message, 153 in each part of several; every other one,
Hindi too, is UCS-2: 70 and 67 code units. Telephones could shift the alphabet to Devanagari instead (TS 23.038, A.2);
providers do not send so, and count UCS-2.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Encoding = Literal["gsm7", "ucs2"]

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
"""Two septets each: an escape before them (TS 23.038, 6.2.1.1)."""
_SINGLE: Final = {"gsm7": 160, "ucs2": 70}
_OF_SEVERAL: Final = {"gsm7": 153, "ucs2": 67}
"""Seven septets, three code units are taken by the header of a part (TS 23.040, 9.2.3.24.1)."""
_BEYOND_BMP: Final = 0xFFFF


class Parts(NamedTuple):
    """How a text is sent.

    Attributes:
        encoding: ``gsm7`` or ``ucs2``.
        units: Septets, or code units of 16 bits.
        parts: Messages that are paid for; 0 for an empty text.
    """

    encoding: Encoding
    units: int
    parts: int


def count_parts(text: str) -> Parts:
    """Count the parts of a text; a sign of two units is never divided between two parts."""
    encoding: Encoding = "gsm7" if all(c in _BASIC or c in _EXTENDED for c in text) else "ucs2"
    sizes = [2 if (c in _EXTENDED if encoding == "gsm7" else ord(c) > _BEYOND_BMP) else 1 for c in text]
    units = sum(sizes)
    if units <= _SINGLE[encoding]:
        return Parts(encoding, units, min(1, units))
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > _OF_SEVERAL[encoding]:
            parts, filled = parts + 1, 0
        filled += size
    return Parts(encoding, units, parts)

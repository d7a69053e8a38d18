"""How many parts a text is sent in."""

from __future__ import annotations

import pytest

from router.intake.sms.provider.parts import count_parts


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "gsm7", 0, 0),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("a" * 159 + "€", "gsm7", 161, 2),
        ("a" * 152 + "€" * 77, "gsm7", 306, 3),  # the € that begins at the 153rd goes to the next part
        ("क" * 70, "ucs2", 70, 1),
        ("क" * 71, "ucs2", 71, 2),
        ("क" * 134, "ucs2", 134, 2),
        ("क" * 135, "ucs2", 135, 3),
        ("a" * 69 + "क", "ucs2", 70, 1),
        ("a" * 70 + "‘", "ucs2", 71, 2),  # one typographic quote makes the whole text UCS-2
        ("🚑" * 35, "ucs2", 70, 1),
        ("🚑" * 67, "ucs2", 134, 3),  # 33 in a part: no pair is divided
        ("Ticket 100000013\nstatus: café @ 10 £", "gsm7", 36, 1),
        ("`", "ucs2", 1, 1),
    ],
)
def test_parts_are_counted_as_networks_do(text: str, encoding: str, units: int, parts: int) -> None:
    assert count_parts(text) == (encoding, units, parts)

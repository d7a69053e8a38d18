"""The forms in which a network may deliver one of our own numbers."""

from __future__ import annotations

from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from agi.dialplan import DIALLED
from router.phone_numbers import REGION

NATIONAL_LENGTH: Final = 10
"""Digits of an Indian number with its area or operator code, without any prefix."""
MIN_LOCAL_DIGITS: Final = 5
"""The rest of a number without its area code is dialled so within the area; a shorter rest is a short code's."""
_COUNTRIES: Final = ("", "91", "+91", "0091", "00091", "091", "+", "+0091")
"""Prefixes of a number: exchanges put a plus or a zero there whatever follows."""
_PREFIXES: Final = tuple(country + zero for country in _COUNTRIES for zero in ("", "0"))
_LOCAL_PREFIXES: Final = ("", "0", "+")
_MAX_PATTERN_CHARS: Final = 50
"""Characters of a user part that gets an answer: as many as Asterisk has room for in one pattern (255 characters,
``realext`` of its pbx_config.c). E.164 has 15; a name in an OPTIONS may be a UUID of 36."""
_PRINTABLE: Final = "[ -~]"


def did_forms(did: str, area: str = "") -> tuple[str, ...]:
    """Return every form of a number of a trunk, the one that was written first.

    Args:
        did: As it stands in trunks.toml.
        area: STD code of the trunk's exchange without its 0, if it is known.
    """
    national = _national(did)
    if national is None:
        bare = did.lstrip("+0")
        return tuple(dict.fromkeys((did, *(prefix + bare for prefix in ("+", "", "00", "+00", "000")))))
    forms = [did, *(prefix + national for prefix in _PREFIXES)]
    if len(national) < NATIONAL_LENGTH and area:  # a short code of the area: 0755 181
        forms += [prefix + area + national for prefix in _PREFIXES]
    local = national.removeprefix(area) if area else national
    if MIN_LOCAL_DIGITS <= len(local) < len(national):
        forms += [prefix + local for prefix in _LOCAL_PREFIXES]
    return tuple(dict.fromkeys(forms))


def area_code(did: str) -> str:
    """Return the STD code of an Indian fixed-line number without its 0; empty for every other number."""
    national = _national(did)
    if national is None or len(national) != NATIONAL_LENGTH:
        return ""
    parsed = phonenumbers.parse(national, REGION)
    kind = phonenumbers.number_type(parsed)
    if kind not in (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE):
        return ""
    return national[: phonenumbers.length_of_geographical_area_code(parsed)]


def dialled_patterns() -> str:
    """Return the extensions of ``from-trunk``: one of each length, for printable ASCII and nothing else.

    An extension with ``!`` or ``.`` would take any text, line breaks too, and Asterisk would write it into its events.
    """
    return "".join(
        f"exten => _{_PRINTABLE * length},1,Set({DIALLED}=${{EXTEN}})\n same => n,Goto(trunk-call,s,1)\n"
        for length in range(1, _MAX_PATTERN_CHARS + 1)
    )


def _national(did: str) -> str | None:
    """An Indian number without any prefix, or a short code; None for a number of another country."""
    digits = did.removeprefix("+")
    if did.startswith(("+91", "0091")):
        return digits.removeprefix("00").removeprefix("91")
    if did.startswith("+"):
        return None
    bare = digits.lstrip("0")
    return bare.removeprefix("91") if len(bare) == NATIONAL_LENGTH + 2 and bare.startswith("91") else bare

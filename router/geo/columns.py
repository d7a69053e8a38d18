"""Column names of a file of facilities, as offices write them in English and in Hindi."""

from __future__ import annotations

import re
from typing import Final

from router.geo.names import folded

COLUMNS: Final = ("code", "kind", "name", "district", "pin", "telephone", "hours")
"""The columns a heading must name, in any order; ``name_hi`` is optional."""
OPTIONAL: Final = "name_hi"

_CALLED: Final = {
    "code": ("shop code", "fps code", "fps id", "shop no", "shop number", "license no", "कोड", "दुकान कोड", "क्रमांक कोड"),
    "kind": ("type", "category", "प्रकार", "श्रेणी"),
    "name": ("shop name", "fps name", "name of shop", "नाम", "दुकान का नाम"),
    OPTIONAL: ("name in hindi", "name (hindi)", "hindi name", "हिंदी नाम", "हिन्दी नाम", "नाम (हिंदी)", "नाम (हिन्दी)"),
    "district": ("district name", "जिला", "ज़िला", "जिले का नाम"),
    "pin": ("pincode", "pin code", "pin-code", "postal code", "zipcode", "zip code", "पिन", "पिनकोड", "पिन कोड"),
    "telephone": (
        *("phone", "phone no", "phone number", "telephone no", "telephone number", "mobile", "mobile no"),
        *("mobile number", "contact", "contact no", "contact number", "tel", "tel no"),
        *("टेलीफोन", "दूरभाष", "फोन", "फोन नंबर", "मोबाइल", "मोबाइल नंबर", "संपर्क"),
    ),
    "hours": ("timing", "timings", "time", "open hours", "opening hours", "working hours", "समय", "खुलने का समय"),
}
_BESIDE = re.compile(r"\(.*\)", re.DOTALL)  # "Telephone (with STD)"
_SIGNS = re.compile(r"[.:_*]+")


def _key(name: str) -> str:
    return folded(_SIGNS.sub(" ", name))


_COLUMN_OF: Final = {_key(name): column for column in (*COLUMNS, OPTIONAL) for name in (column, *_CALLED[column])}


def column_of(name: str) -> str | None:
    """Return the column that a heading's cell names, None when it names none."""
    return _COLUMN_OF.get(_key(name)) or _COLUMN_OF.get(_key(_BESIDE.sub("", name)))

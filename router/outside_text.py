"""Text from outside: cleaned before it is stored, escaped before it is shown on a terminal."""

from __future__ import annotations

import json
import re
import unicodedata

_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Marks of direction, which can make a text read as another (Unicode TR 36, bidirectional text spoofing), and signs
of no width. The joiners U+200C and U+200D are kept: Hindi is spelt with them."""
_BLANKS = re.compile("[\\s\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]*")
_ALLOWED_CONTROLS = frozenset("\n")


def clean(text: str) -> str:
    """Return a text as it is kept: lines end with a line feed, nothing that cannot be seen steers how it is shown.

    A control character could forge a line in a log or on a screen: it becomes a blank. A text of which nothing can
    be seen is empty.
    """
    lines = _UNSEEN.sub("", _BREAKS.sub("\n", text))
    plain = "".join(" " if unicodedata.category(c) == "Cc" and c not in _ALLOWED_CONTROLS else c for c in lines).strip()
    return "" if _BLANKS.fullmatch(plain) else plain


def shown(text: str) -> str:
    """Return a text as it may stand on a terminal: what would steer the terminal, or turn it round, is spelt out."""
    return "".join(c.encode("unicode_escape").decode() if _steers(c) else c for c in text)


def in_json(text: str) -> str:
    """Return a JSON text that says the same and may stand on a terminal."""
    return "".join(json.dumps(c)[1:-1] if _steers(c) else c for c in text)


def _steers(c: str) -> bool:
    return (unicodedata.category(c) in ("Cc", "Cs") and c != "\n") or _UNSEEN.fullmatch(c) is not None

"""Normalises names of places for comparison."""

from __future__ import annotations

import unicodedata

from router.digits import plain

_NUKTA = "\u093c"


def folded(text: str) -> str:
    """Return a name without differences of spelling: case, nukta, joiners, blanks and line breaks."""
    return " ".join(unicodedata.normalize("NFD", plain(text)).replace(_NUKTA, "").casefold().split())

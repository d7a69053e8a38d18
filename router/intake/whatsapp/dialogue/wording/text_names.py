"""The names of the dialogue's texts, what each may have in braces, and the lists of words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from router.model.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN: Final = (
    "greeting",
    "ask-need",
    "ask-more",
    "ask-place",
    "ask-which",
    "ask-division",
    "ask-district",
    "ask-outside",
    "ask-state",
    "ask-stranded",
    "ask-what",
    "ask-phone",
    "status-none",
    "stopped",
    "started",
    "help",
    "unsupported",
    "old-button",
    "rejected-not-ours",
    "rejected-not-found",
    "rejected-already-helped",
    "rejected-not-needed",
    "rejected-other",
    "no-summary",
    "title-open",
    "title-yes",
    "title-no",
    "title-helped",
    "title-not-helped",
    "row-more",
    "row-language",
    "row-elsewhere",
    "row-unknown",
    *(f"stage-{stage}" for stage in Stage),
)

FIELDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **dict.fromkeys(_PLAIN, frozenset[str]()),
        "confirm": frozenset({"summary"}),
        "number": frozenset({"ticket", "summary"}),
        "number-unsure": frozenset({"ticket", "summary"}),
        "number-voice": frozenset({"ticket"}),
        "danger": frozenset({"ticket"}),
        "added": frozenset({"ticket"}),
        "status": frozenset({"ticket", "need", "stage"}),
        "status-foreign": frozenset({"ticket"}),
        "reopened": frozenset({"ticket"}),
        "ask-outcome": frozenset({"ticket", "need"}),
        "rejected": frozenset({"ticket", "need", "reason"}),
        "home": frozenset({"place"}),
    }
)
"""What may stand in braces, by name of the text."""

NEEDED: Final = frozenset({"ticket", "stage", "summary", "place", "reason"})
"""What a text that may have it must have: without it, nobody would be told."""

COMMANDS: Final = (
    "greeting",
    "yes",
    "no",
    "thanks",
    "unknown",
    "status",
    "stop",
    "start",
    "help",
    "in-english",
    "in-hindi",
)
"""Lists of words.toml whose words are a whole message: none stands in two of them."""

WORDS: Final = (
    *COMMANDS,
    "english",
    "hindi",
    "helped",
    "not-helped",
    "stuck",
    "belongs-to",
    "food",
    "shelter",
    "travel",
    "medical",
)
"""Lists of words.toml."""

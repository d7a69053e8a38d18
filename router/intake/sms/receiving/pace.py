"""How much one number has asked for within the hour: kept with its person, so that a restart forgets nothing."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOW: Final = timedelta(hours=1)
MAX_REQUESTS: Final = 20
"""Texts within the window that may become tickets, or notes to one: more than anybody in need writes by hand."""
MAX_ANSWERS: Final = 6
"""Answers within the window: a telephone that answers every text by itself ("I am driving") ends there."""


class Pace:
    """The counts of one person.

    Args:
        state: `ChatPerson.dialogue`.
        now: Aware.
    """

    def __init__(self, state: Mapping[str, object], now: datetime) -> None:
        self._now = now
        self._requests = self._recent(state.get("requests"))
        self._answers = self._recent(state.get("answers"))
        said, told = state.get("said"), state.get("told")
        self._said = {str(one): at for one, at in _items(said) if self._recent([at])}
        self._told = {str(number): at for number, at in _items(told) if self._recent([at])}

    def may_request(self) -> bool:
        """Count a request; return whether it is within the limit."""
        self._requests.append(self._now.isoformat())
        return len(self._requests) <= MAX_REQUESTS

    def may_answer(self) -> bool:
        """Count an answer; return whether it is within the limit."""
        if len(self._answers) >= MAX_ANSWERS:
            return False
        self._answers.append(self._now.isoformat())
        return True

    def tell(self, number: str) -> bool:
        """Note that a ticket's number is told; return whether it has not been within the window."""
        new = number not in self._told
        self._told.setdefault(number, self._now.isoformat())
        return new

    def told_last(self) -> str:
        """Return the ticket whose number was told last within the window; empty when none was."""
        return max(self._told, key=lambda number: str(self._told[number]), default="")

    def say(self, text: str) -> bool:
        """Note a text; return whether it was not said within the window: answers that telephones give are the same."""
        digest = hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:16]
        new = digest not in self._said
        self._said[digest] = self._now.isoformat()
        return new

    def state(self) -> dict[str, object]:
        """Return what is kept."""
        return {
            "requests": self._requests[-MAX_REQUESTS:],
            "answers": self._answers,
            "told": self._told,
            "said": self._said,
        }

    def _recent(self, moments: object) -> list[str]:
        found = [one for one in moments if isinstance(one, str)] if isinstance(moments, list) else []
        return [one for one in found if self._now - datetime.fromisoformat(one) < WINDOW]


def _items(kept: object) -> list[tuple[object, object]]:
    return list(kept.items()) if isinstance(kept, dict) else []

"""What a session reports about itself, and the written form of prompts and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

_HIDDEN: Final = "•"
"""Stands for a key, or a digit spoken, that is not written down."""
_TELEPHONE_DIGITS: Final = 10
"""So many keys are a telephone number, which stands on the call and its ticket and nowhere else."""
_SILENCE: Final = "silence-"
_DIGIT_PROMPT: Final = "number-"


class SessionNotes(Protocol):
    """Takes down what happens in a call: see `agi.journal.journal.CallNotes`.

    Attributes:
        step: The step of the conversation that the notes belong to; empty: none.
    """

    step: str

    def arrived(self, *, direction: str, trunk: str, did: str, helpline: str, caller: str | None) -> None:
        """Note that the call is here."""

    def note(self, kind: str, **data: Any) -> None:
        """Note something that happens now."""

    def during(self, kind: str, **data: Any) -> AbstractContextManager[dict[str, Any]]:
        """Note something that takes a while, when it is over; yields what will be noted, to be added to."""
        ...


def hidden(keys: str, *, secret: bool = False) -> str:
    """Return keys as they are written down: of a secret, and of a telephone number, only how many."""
    return _HIDDEN * len(keys) if secret or len(keys) >= _TELEPHONE_DIGITS else keys


def said(prompts: Sequence[str]) -> list[str]:
    """Return prompts as they are written down: digits one after the other, which may be a telephone number, as one."""
    found: list[str] = []
    for prompt in prompts:
        if prompt.startswith(_SILENCE):
            continue
        name = f"{_DIGIT_PROMPT}{_HIDDEN}" if prompt.startswith(_DIGIT_PROMPT) and prompt[-1].isdecimal() else prompt
        if not (found and name.endswith(_HIDDEN) and found[-1] == name):
            found.append(name)
    return found

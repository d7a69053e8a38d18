"""Sentences that a room or an operator reads, in English and in Hindi."""

from __future__ import annotations

from typing import NamedTuple

from router.errors import WarroomError


class LocalizedMessage(NamedTuple):
    """One sentence in English and in Hindi; ``{…}`` is filled in."""

    en: str
    hi: str

    def format(self, **values: object) -> LocalizedMessage:
        """Return it filled in; a value that is a `LocalizedMessage` itself is taken in the language of each."""
        english = {name: value.en if isinstance(value, LocalizedMessage) else value for name, value in values.items()}
        hindi = {name: value.hi if isinstance(value, LocalizedMessage) else value for name, value in values.items()}
        return LocalizedMessage(self.en.format(**english), self.hi.format(**hindi))


class LocalizedValueError(WarroomError, ValueError):
    """A value from outside is wrong; raised by validators of models whose errors a room reads.

    Attributes:
        message: The problem.
    """

    def __init__(self, en: str, hi: str) -> None:
        super().__init__(en)
        self.message = LocalizedMessage(en, hi)

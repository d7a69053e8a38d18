"""The root of all exceptions of ours. A command ends with the text of one, in one line, never in a stack trace.

::

    WarroomError
    └── UserError        its text says what is wrong, where, and what to do
        └── ConfigError  every mistake of a file, each with its line

A package's own errors derive from these, in its ``errors.py`` or beside what raises them. Each ends in ``Error``.
No message holds a telephone number or a secret: each can go to the log as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


class WarroomError(Exception):
    """Base of all exceptions of ours."""


class UserError(WarroomError):
    """An error that the user of a command, or an admin, can correct by its text alone."""


class ConfigError(UserError):
    """A file, or a table, cannot be used as it is: all that is wrong at once, so that it is put right in one go.

    Attributes:
        problems: Every mistake found, one line each: file and line, the fault, the expected value.
    """

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

"""What is wrong with a file that people write: all of it at once, so that it is put right in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.trouble import UserError

if TYPE_CHECKING:
    from collections.abc import Collection


class ConfigError(UserError):
    """A file, or a table, cannot be used as it is. Base of the errors of each kind of file.

    Attributes:
        problems: Every problem found, one line each, with file and line, what is wrong and what is expected.
    """

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

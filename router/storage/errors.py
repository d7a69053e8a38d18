"""Errors of the store, each with the reason, the place and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path


class StorageUnavailableError(UserError):
    """The store could not be read or written; nothing half-written remains, and the same call may be tried again.

    Attributes:
        what: The fault.
        where: The database, or what of it.
        remedy: What an admin does about it.
    """

    def __init__(self, what: str, where: Path | str, remedy: str) -> None:
        super().__init__(f"{what} ({where}): {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy

    def again(self) -> StorageUnavailableError:
        """Return the same trouble for one more caller: an exception raised twice drags both tracebacks along."""
        return StorageUnavailableError(self.what, self.where, self.remedy)


class UnreadableDocumentError(StorageUnavailableError):
    """One document of the store cannot be read; all else can, and readers of many leave this one out.

    Args:
        name: Which one, as an admin knows it: ``ticket 100000013``.
        wrong: The fault, without anything of the document's content.
    """

    def __init__(self, name: str, wrong: str) -> None:
        super().__init__(
            f"{name} cannot be read", wrong, "mend its row, or put it back from a backup of the store; all else goes on"
        )

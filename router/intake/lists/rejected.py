"""Writes the rows that were not taken to a file that can be mended and imported again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from router.spreadsheet import SpreadsheetWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from router.intake.lists.reader import ListRow

BECAUSE = ("cell in", "not taken because")
"""Titles of the columns before those of the list: they are left out when the file is imported."""


def write_rejected(file: TextIO, rows: Sequence[ListRow]) -> None:
    """Write rows below the heading that they had, each with where it stood and what is wrong with it.

    Args:
        file: Opened with ``newline=""``.
        rows: That were not taken; those of different tables one table after the other, each with its heading.
    """
    writer = SpreadsheetWriter(file)
    for heading, some in groupby(rows, key=lambda one: one.heading):
        writer.row((*BECAUSE, *heading.titles))
        for one in some:
            where = f"{one.sheet} {', '.join(dict.fromkeys(bad.cell for bad in one.bad))}".strip()
            cells = one.row.cells + ("",) * (len(heading.titles) - len(one.row.cells))
            writer.row((where, "; ".join(bad.reason for bad in one.bad), *cells))

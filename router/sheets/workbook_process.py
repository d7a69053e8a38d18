"""The process that reads a workbook and writes it as JSON, one object a line: a sheet, or a row of the one before.

``python -I -m router.sheets.workbook_process FILE MOST_ROWS``
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import zipfile
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree import ElementTree as ET  # expat itself refuses entities that grow, and memory is limited

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_BYTES: Final = 1 << 30
"""A list at the limits needs some 300 MB."""
CPU_S: Final = 60
MAX_CHARS: Final = 100_000_000
"""Of all cells of a sheet: one text that a million cells share takes little room in the file."""

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WHOLE: Final = 1e15  # of a larger number a spreadsheet has lost digits: it is written so that a reader sees it


class Marks(NamedTuple):
    """What the values of a sheet do not say: hidden rows, and cells whose formula has failed, by row (from 1)."""

    hidden: set[int]
    failed: dict[int, dict[int, str]]


def main(path: str, most: int) -> int:
    """Write the sheets of a workbook to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine as calamine  # under the limits

    try:
        _write_all(calamine, path, most)
    except calamine.PasswordError:
        _put({"wrong": "password"})
    except MemoryError:
        _put({"wrong": "memory"})
    except (calamine.CalamineError, ET.ParseError, zipfile.BadZipFile, OSError, KeyError, ValueError):
        _put({"wrong": "damaged"})
    return 0


def _write_all(calamine: Any, path: str, most: int) -> None:
    marks = _marks_of(path) if zipfile.is_zipfile(path) else {}
    with calamine.CalamineWorkbook.from_path(path) as book:
        for place, about in enumerate(book.sheets_metadata):
            hidden = about.visible != calamine.SheetVisibleEnum.Visible
            _put({"sheet": about.name, "hidden": hidden})
            if hidden or about.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            most -= _write(book.get_sheet_by_index(place), marks.get(about.name, Marks(set(), {})), most)


def _write(sheet: Any, marks: Marks, most: int) -> int:
    """Write the rows with anything in them, at most so many; return how many."""
    spread = {
        (row, first[1]): first
        for first, last in sheet.merged_cell_ranges or ()
        for row in range(first[0] + 1, min(last[0], (sheet.end or first)[0]) + 1)
    }
    values: dict[tuple[int, int], str] = {}
    written = chars = 0
    for at, cells in enumerate(sheet.to_python(skip_empty_area=False)):
        texts = [_text(cell) for cell in cells]
        for column, text in marks.failed.get(at + 1, {}).items():
            texts[column:] = [text, *texts[column + 1 :]]
        own = any(texts)
        for column, text in enumerate(texts):
            if first := spread.get((at, column)):  # of cells that are merged downwards the first alone has the text
                texts[column] = values.get(first, "")
            elif text:
                values[at, column] = text
        if not own:
            continue
        if written == most:
            _put({"wrong": "rows"})
            return written
        written += 1
        chars += sum(map(len, texts))
        if chars > MAX_CHARS:
            _put({"wrong": "memory"})
            return written
        _put({"row": at + 1, "cells": texts, "hidden": at + 1 in marks.hidden})
    return written


def _text(value: Any) -> str:
    """Return a cell's value as a person reads it."""
    match value:
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
        case dt.datetime():
            return value.isoformat(" ", "minutes") if value.time() != dt.time() else value.date().isoformat()
        case dt.time():
            return value.isoformat("minutes")
        case bool():
            return str(value).upper()
    return str(value)


def _marks_of(path: str) -> dict[str, Marks]:
    """Return the marks of each sheet of an XLSX file; none of another kind of ZIP file."""
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        targets = {
            str(one.get("Id")): str(one.get("Target")).removeprefix("/xl/")
            for one in _parsed(archive, "xl/_rels/workbook.xml.rels")
        }
        sheets = _parsed(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet")
        names = {f"xl/{targets.get(str(one.get(_REFERENCE)))}": str(one.get("name")) for one in sheets}
        return {name: _marks(archive, part) for part, name in names.items() if part in archive.namelist()}


def _parsed(archive: zipfile.ZipFile, part: str) -> ET.Element:
    return ET.fromstring(archive.read(part))  # noqa: S314 - as above


def _marks(archive: zipfile.ZipFile, part: str) -> Marks:
    marks = Marks(set(), {})
    with archive.open(part) as file:
        for row in _rows(ET.iterparse(file)):  # noqa: S314 - as above
            number = int(row.get("r", "0"))
            if row.get("hidden") in ("1", "true"):
                marks.hidden.add(number)
            for cell in row:
                if cell.get("t") == "e":
                    marks.failed.setdefault(number, {})[_column(cell.get("r", ""))] = cell.findtext(f"{_MAIN}v", "#")
    return marks


def _rows(events: Any) -> Iterator[ET.Element]:
    for _, element in events:
        if element.tag == f"{_MAIN}row":
            yield element
            element.clear()


def _column(reference: str) -> int:
    """Return the column of a cell's name, from 0: that of ``B7`` is 1."""
    column = 0
    for letter in reference:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _put(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))

"""Tables: cells counted as terminals count them, nothing of a number or an id folded, plain lines when piped."""

from __future__ import annotations

import ctypes
import locale
import sys

import pytest

from warroom.cli.table import cells, fold, render

NAMES = ["सीमा वर्मा", "मध्य प्रदेश", "ग्वालियर", "दुःख", "ॐ", "Bhopal", "é", "漢字"]
TICKETS = [
    {
        "number": "100000012",
        "name": "सीमा वर्मा",
        "since": "30 Nov 03:23",
        "text": "भोपाल में राशन चाहिए " * 8,
        "count": 7,
    },
    {"number": "100000013", "name": "Ravi", "since": "30 Nov 03:24", "text": "water", "count": 12},
]
COLUMNS = {"number": "Number", "name": "Name", "since": "Since (IST)", "text": "Text", "count": "Count"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the C library of the terminals meant")
@pytest.mark.parametrize("text", NAMES)
def test_cells_are_those_of_the_c_library(text: str) -> None:
    before = locale.setlocale(locale.LC_CTYPE)
    library = ctypes.CDLL(None)
    library.wcwidth.argtypes = [ctypes.c_wchar]
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        assert cells(text) == sum(library.wcwidth(c) for c in text)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def test_eighty_columns_fold_text_alone() -> None:
    lines = list(render(TICKETS, COLUMNS, 80))
    assert max(map(cells, lines)) <= 80
    assert "100000012  सीमा वर्मा" in lines[1]
    assert "30 Nov 03:23" in lines[1]
    starts = {cells(line[: line.index("30 Nov")]) for line in lines if "30 Nov" in line}
    assert len(starts) == 1  # the column holds although names of two scripts stand before it
    assert lines[1].endswith("  7")
    assert lines[-1].endswith(" 12")


def test_a_narrow_terminal_gets_one_block_a_row() -> None:
    lines = list(render(TICKETS, COLUMNS, 40))
    assert lines.count("") == 1
    assert lines[0] == "Number       100000012"
    assert max(map(cells, lines)) <= 40


def test_piped_rows_are_one_line_each() -> None:
    heading, first, second = render([{**TICKETS[0], "text": "a\nb\x1b[2J"}, TICKETS[1]], COLUMNS, None)
    assert heading.split()[0] == "Number"
    assert "a b\\x1b[2J" in first
    assert second.startswith("100000013")


def test_a_word_longer_than_its_column_is_not_broken() -> None:
    assert fold("a trunk 123456789012 here", 8) == ["a trunk", "123456789012", "here"]

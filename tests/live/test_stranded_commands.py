"""Lists for another state's officers and their answers, as an admin types it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from tests.live.conftest import make_data
from tests.unit.warroom.cli.tickets.test_routes import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADING = "key,need,text,phone,name,district,pin,people\n"
REQUESTS = (
    "S-1,stranded,काम बंद है,9812301101,राम,,695001,12\n"
    "S-2,stranded,घर जाना है,9812301102,=1+1,,682001,3\n"
    "S-3,stranded,घर जाना है,9812301103,श्याम,,403001,2\n"
)


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A prepared data directory; nothing runs."""
    data, _ = make_data()
    yield data
    shutil.rmtree(data)


def test_lists_go_out_and_answers_come_in_once(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*words: str, code: int = 0) -> Any:
        ended, out, err = run(capsys, data, *words, "--json")
        assert ended == code, err
        return json.loads(out) if out else err

    office = tmp_path / "office.csv"
    office.write_text(HEADING + REQUESTS, encoding="utf-8")
    assert told("import", "tickets", str(office))["opened"] == 3
    groups = told("stranded", "list", "--state", "kerala")
    assert [(one["people"], one["zipcode"], one["help"]) for one in groups] == [
        (12, "695001", "waiting"), (3, "682001", "waiting"),
    ]  # fmt: skip

    code, first, _ = run(capsys, data, "stranded", "export", "--state", "kerala")
    rows = list(csv.DictReader(io.StringIO(first.removeprefix("\ufeff"))))
    assert code == 0
    assert [(row["List"], row["Name"], row["Telephone"]) for row in rows] == [
        ("kerala-1", "राम", "'+919812301101"), ("kerala-1", "'=1+1", "'+919812301102"),
    ]  # fmt: skip
    code, _, err = run(capsys, data, "stranded", "export", "--state", "kerala")
    assert (code, "nothing has changed" in err) == (1, True)

    answers = tmp_path / "kerala.xlsx"
    with xlsxwriter.Workbook(answers) as book:
        sheet = book.add_worksheet()
        for at, cells in enumerate([list(rows[0]), *([*row.values()][:15] for row in rows)]):
            sheet.write_row(at, 0, cells)
        sheet.write_row(1, 15, ["travelling", 11, "Trivandrum station", "bus at six"])
        sheet.write_row(2, 15, ["gone"])
    done = told("import", "stranded", str(answers), code=1)
    assert (done["changed"], done["known"], done["cells"][0]["cell"]) == (1, 0, "P3")
    assert told("import", "stranded", str(answers), code=1) == done | {"changed": 0, "known": 1}
    group = told("stranded", "show", str(groups[0]["id"]))
    assert (group["help"], group["people"], group["place"]) == ("travelling", 11, "Trivandrum station")
    (ticket,) = group["tickets"]
    shown = told("tickets", "show", ticket)
    assert "officers, list kerala-1: travelling; 11 people" in json.dumps(shown, ensure_ascii=False)

    assert told("stranded", "set", str(groups[1]["id"]), "home", "--note", "came by train")["help"] == "home"
    assert told("stranded", "list", "--state", "kerala")[0]["id"] == groups[0]["id"]
    assert [(one["state"], one["help"], one["people"]) for one in told("stranded", "counts")] == [
        ("goa", "waiting", 2), ("kerala", "travelling", 11),
    ]  # fmt: skip
    news = told("stranded", "export", "--state", "kerala")
    assert [(one["Group"], one["List"], one["State of help"]) for one in news] == [
        (groups[1]["id"], "kerala-2", "home")
    ]
    assert [one["groups"] for one in told("stranded", "lists", "--state", "kerala")] == [2, 1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "7"), "no group has the number 7"),
        (("set", "7", "home"), "no group has the number 7"),
        (("export", "--state", "keral"), "kerala"),
        (("export", "--state", "kerala", "--list", "3"), "has no list 3"),
        (("set", "7", "lost"), "waiting"),
    ],
)
def test_mistakes_are_told_in_one_line(
    data: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    code, _, err = run(capsys, data, "stranded", *words)
    assert code in (1, 2)
    assert says in err
    assert len(err.strip().splitlines()) == 1

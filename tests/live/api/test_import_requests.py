"""A list of requests, imported as an admin types it."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import xlsxwriter  # type: ignore[import-untyped]

from tests.support.commands import assert_one_clear_line, warroom

if TYPE_CHECKING:
    from pathlib import Path

    from router.tickets.service import TicketService
    from tests.live.api.conftest import Api

HEADING = "key,need,text,phone,name,district,pin,people\n"
GOOD = (
    "A-1,,बैतूल जिले में राशन नहीं मिला; 10 किलो चावल चाहिए,9812301001,,,,4\n"
    "A-2,water,,98123 01002,,Bhopal,462001,\n"
    "A-3,water,,9812301002,,Bhopal,462001,\n"
    "A-4,water,,9812301002,राम,Bhopal,462001,\n"
    "A-5,water,,9812301002,श्याम,Bhopal,462001,\n"
)
BAD = {
    "B7": ("A-6,kxq,,9812301003,,Bhopal,,", "need 'kxq': not known"),
    "D8": ("A-7,ration,,12345,,Bhopal,,", "telephone"),
    "F9": ("A-8,ration,,9812301004,,Atlantis,,", "district 'Atlantis': not known"),
    "G10": ("A-9,ration,,9812301005,,,4.62E+05,", "format 'Text'"),
    "A11": ("A-2,water,,98123 01002,,Bhopal,462001,9", "row 3 has this number and says something else"),
}


async def test_a_list_is_imported_once_and_bad_cells_are_named(api: Api, desk: TicketService, tmp_path: Path) -> None:
    file, rejected = tmp_path / "office.csv", tmp_path / "rejected.csv"
    file.write_text(HEADING + GOOD + "\n".join(text for text, _ in BAD.values()) + "\n", encoding="utf-8")
    first = await warroom(api.data, "import", "tickets", str(file), "--rejected", str(rejected), "--json")
    told = json.loads(first.out)
    assert (first.code, told["opened"], told["joined"], told["known"], told["rejected"]) == (1, 3, 2, 0, len(BAD))
    reasons = {one["cell"]: one["reason"] for one in told["cells"]}
    assert reasons.keys() == BAD.keys()
    assert all(expected in reasons[cell] for cell, (_, expected) in BAD.items()), reasons

    (ticket,) = await desk.tickets_of_phone("+919812301001")
    assert (ticket.channel, ticket.helpline, ticket.source_key) == ("operator", None, "list/office/A-1")
    assert (ticket.service_code, ticket.district, ticket.quantity, ticket.people) == ("ration", "betul", "10 kg", 4)
    assert "सूची office, पंक्ति 2" in ticket.status_notes
    of_one_telephone = await desk.tickets_of_phone("+919812301002")
    assert sorted((one.name, one.version) for one in of_one_telephone) == [("राम", 3), ("श्याम", 1)]

    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600
    mended = rejected.read_text(encoding="utf-8").replace("4.62E+05", "462001").replace("Atlantis", "भोपाल")
    rejected.write_text(mended, encoding="utf-8")
    again = await warroom(api.data, "import", "tickets", str(rejected), "--name", "office", "--json")
    told = json.loads(again.out)
    assert (told["opened"], told["joined"], told["known"], told["rejected"]) == (2, 0, 0, 3)
    assert_one_clear_line(
        await warroom(api.data, "import", "tickets", str(file), "--rejected", str(rejected)), "is there already"
    )

    other = tmp_path / "other.csv"
    other.write_text(HEADING + "A-2,water,,98123 01002,,Bhopal,462001,9\n", encoding="utf-8")
    changed = await warroom(api.data, "import", "tickets", str(other), "--name", "office", "--json")
    assert "was imported before and said something else" in json.loads(changed.out)["cells"][0]["reason"]
    file.write_text(HEADING + GOOD, encoding="utf-8")
    same = await warroom(api.data, "import", "tickets", str(file))
    assert (same.code, same.out.strip().splitlines()[-1]) == (0, "0 opened, 0 joined, 5 known, 0 rows not taken")


async def test_a_workbook_without_keys_is_imported_once(api: Api, desk: TicketService, tmp_path: Path) -> None:
    for name in ("राहत.xlsx", "राहत (1).xlsx"):
        book = xlsxwriter.Workbook(str(tmp_path / name))
        sheet = book.add_worksheet()
        sheet.merge_range("A1:D1", "राहत सूची")
        sheet.write_row("A2", ["ज़रूरत", "मोबाइल", "पिन", "सदस्य"])
        sheet.write_row("A3", ["राशन", 9812301021, 462001.0, 4])
        sheet.write_row("A4", ["पानी", "०९८१२३ ०१०२२", "४६२००१"])
        book.close()
    first = await warroom(api.data, "import", "tickets", str(tmp_path / "राहत.xlsx"), "--json")
    assert (first.code, json.loads(first.out)["opened"]) == (0, 2)
    copy = await warroom(api.data, "import", "tickets", str(tmp_path / "राहत (1).xlsx"), "--json")
    assert (copy.code, json.loads(copy.out)["known"]) == (0, 2)
    (ticket,) = await desk.tickets_of_phone("+919812301021")
    assert (ticket.service_code, ticket.district, ticket.people) == ("ration", "bhopal", 4)


async def test_what_is_no_list_is_told_so(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "office.csv"
    file.write_text("name,remarks\nx,water\n")
    assert_one_clear_line(await warroom(api.data, "import", "tickets", str(file)), "one must be need or text")
    assert_one_clear_line(await warroom(api.data, "import", "tickets", str(tmp_path / "none.csv")), "none.csv")
    file.write_bytes(b"PK\x03\x04 and nothing more")
    assert_one_clear_line(await warroom(api.data, "import", "tickets", str(file)), "no workbook, or damaged")
